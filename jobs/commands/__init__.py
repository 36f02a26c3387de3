"""One command a file: `transfer NAME` is the function NAME of commands/NAME.py."""
