"""The only imports of heavy libraries: encoders, generators, kNN kernels, Leiden, checkers."""
