"""What a run found, as files that other tools take: trainers, and lm-evaluation-harness."""
