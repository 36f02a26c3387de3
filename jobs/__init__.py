"""Where studies run: the only package that imports ray."""
