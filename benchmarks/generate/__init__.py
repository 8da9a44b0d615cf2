"""How fast the engine transformers writes."""
