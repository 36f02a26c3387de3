"""What the rows mean: DuckDB, statistics, pictures. Nothing here trains, attacks or knows where things run."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.database import open

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: whoever only wants the name of a question need not wait for DuckDB.
    if name == "open":
        from analysis.database import open

        return open
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
