"""The scenario language: YAML scripts that play FIX clients against a venue and say what must come back."""
