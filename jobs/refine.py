"""The main job, as a cluster runs it.

    ray job submit --working-dir . -- \
        python -m jobs.refine s3://bucket/corpus/ --config conf/cluster.yaml --out s3://bucket/run1

The same as `rbic refine`: rbic.pipeline lists the steps. No path of the submitting machine is
assumed; the working folder travels with the job, everything else is a path or URI that all nodes
can read. Submit the same command again to go on where a run was stopped.
"""

from rbic.cli import refine_main

if __name__ == "__main__":
    refine_main()
