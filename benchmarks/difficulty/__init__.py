"""Difficulty against truths: published pass rates, and references planted wrong."""
