"""One attack a file; the file is the name. `docs/adding.md` shows how to write one."""
