"""The methods that are not ours, each from its paper; docs/selection-methods.md lists them."""
