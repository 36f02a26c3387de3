"""One family of networks a file: pixels in [0, 1] to logits, normalising inside."""
