"""The job that compares methods of selection, as a cluster runs it.

    ray job submit --working-dir . -- \
        python -m jobs.compare compare.yaml --out s3://bucket/comparison1

The same as `rbic compare`: rbic.compare lists the steps. Submit the same command again to go on
where a run was stopped, or a larger grid to add its trials.
"""

from rbic.cli import compare_main

if __name__ == "__main__":
    compare_main()
