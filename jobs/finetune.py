"""The job that fine-tunes a model, as a cluster runs it.

    ray job submit --working-dir . -- \
        python -m jobs.finetune s3://bucket/run1 --model Qwen/Qwen2.5-7B --out s3://bucket/tuned1

The same as `rbic finetune`: rbic.finetune lists the steps. Submit the same command again to go on
where a run was stopped.
"""

from rbic.cli import finetune_main

if __name__ == "__main__":
    finetune_main()
