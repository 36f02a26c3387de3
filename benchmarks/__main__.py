"""`python -m benchmarks [NAME ...]`: every file of this folder that can be run, or the named ones."""

import sys
from importlib import import_module
from pathlib import Path

names = sys.argv[1:] or sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if "\ndef main()" in path.read_text(encoding="utf-8")
)
for name in names:
    print(f"\n== {name}", flush=True)
    import_module(f"benchmarks.{name}").main()
