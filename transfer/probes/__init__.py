"""One measurement that is not a transfer a file."""
