"""The job that evaluates a model, as a cluster runs it.

    ray job submit --working-dir . -- \
        python -m jobs.evaluate MODEL --on s3://bucket/test.jsonl --out s3://bucket/evaluation1

The same as `rbic evaluate`: rbic.evaluate lists the steps. Submit the same command again to go on
where a run was stopped.
"""

from rbic.cli import evaluate_main

if __name__ == "__main__":
    evaluate_main()
