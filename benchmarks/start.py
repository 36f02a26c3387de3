"""How long a person waits for `transfer --help`."""

import statistics
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    command = [str(Path(sys.executable).with_name("transfer")), "--help"]
    seconds = []
    for _ in range(9):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    bare = []
    for _ in range(9):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append(time.perf_counter() - began)
    print(
        f"transfer --help\n  {statistics.median(seconds):.3f} s, of which Python's own start "
        f"{statistics.median(bare):.3f} s (wanted: at most 0.5 s)"
    )


if __name__ == "__main__":
    main()
