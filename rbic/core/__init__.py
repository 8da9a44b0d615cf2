"""Pure functions over arrays and strings: no cluster, no model, no file."""
