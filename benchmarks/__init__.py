"""Scripts that measure what README and docs claim; none of them is part of the package."""
