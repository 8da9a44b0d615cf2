"""Refine a corpus of reasoning samples by the inference contribution of each sample."""

__version__ = "0.1.0"
