"""The main job on real corpora: preparing them, running it, and judging what comes out."""
