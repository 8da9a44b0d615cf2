"""The laboratory: data-selection methods compared by fine-tuning small models from scratch."""
