"""What the store survives, in figures: `python -m tests.transfer.store`, about a minute. `make chaos` runs it."""

import random
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.transfer.store import injection, mutants
from transfer.store import Store
from transfer.store.upkeep import verify

POWER = Path(__file__).with_name("test_power_loss.py")


def flipped_bits(count: int = 400) -> int:
    """How many of so many single flipped bits, each in a copy of an object or a record, `verify` has found."""
    draws, found = random.Random(0), 0
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "results")
        injection.offer(store, 0)
        files = sorted(
            path for area in ("objects", "records") for path in (Path(folder) / "results" / area).rglob("*.*")
        )
        for _ in range(count):
            path = draws.choice(files)
            whole = path.read_bytes()
            changed = bytearray(whole)
            place = draws.randrange(8 * len(whole))
            changed[place // 8] ^= 1 << place % 8
            path.write_bytes(changed)
            found += len(verify(store).damaged) == 1
            path.write_bytes(whole)
    return found


def power_loss() -> list[str]:
    """The figures that the tests of a loss of power print."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "not long", str(POWER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout)
    return [
        line
        for line in done.stdout.splitlines()
        if "power" in line or "calls of the system" in line or "without" in line
    ]


def main() -> None:
    found = flipped_bits()
    print(f"{found} of 400 flipped bits found by verify --deep")
    if found != 400:
        sys.exit("a flipped bit was not found")
    if injection.can_trace():
        injection.run()
    else:
        print("strace is not here: no system call was made to fail")
    mutants.main(800)
    for line in power_loss():
        print(line)


if __name__ == "__main__":
    main()
