"""The process in which a person's SQL runs: copies what it asks for, locks itself in, looks at the plan, answers."""

import json
import resource
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from analysis import tabular
from analysis.database import QUIET, fill
from analysis.guarded import READY
from analysis.questions import nearest, parsed, questions, tables
from analysis.tables import PARQUET
from transfer.errors import TransferError
from transfer.store import Store

# In this order: each is still allowed when its turn comes, and the last holds for itself.
LOCKS = (
    "python_enable_replacements = false",
    "allow_community_extensions = false",
    "allow_persistent_secrets = false",
    "max_temp_directory_size = '0KB'",
    "threads = 2",
    "enable_external_access = false",
    "lock_configuration = true",
)
WRITES = ("COPY", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "ATTACH", "EXPORT", "LOAD")
HARMLESS = {"unnest", "range", "generate_series"}  # table functions that name no table


def main() -> None:
    """Reads what is asked from stdin; writes a line of JSON, a remark or a problem, and after it the answer."""
    try:
        verdict, text = answer(json.load(sys.stdin))
    except TransferError as problem:
        verdict, text = {"kind": type(problem).__name__, "code": problem.code, "text": problem.text}, ""
    sys.stdout.write(json.dumps(verdict) + "\n" + text)


def answer(asked: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """The rows that are asked for as text, with a remark where some are left out."""
    tabular.known_form(asked["form"])
    connection = duckdb.connect(str(Path(asked["scratch"]) / "copy.duckdb"), config=QUIET)
    query = statement(connection, asked["query"])
    fill(connection, Store.open(asked["results"], writing=False), copied=needed(connection, query))
    lock(connection, asked["gigabytes"])
    limit_process(asked["gigabytes"])
    sys.stdout.write(READY.decode())
    sys.stdout.flush()
    try:
        names, rows = select(connection, query, asked["rows"])
    except (duckdb.Error, MemoryError) as error:
        raise told(connection, query, error, asked["gigabytes"]) from error
    is_cut = 0 < asked["rows"] < len(rows)
    remark = f"Only the first {asked['rows']:,} rows are shown: --rows gives more, 0 all." if is_cut else ""
    return {"remark": remark}, tabular.render(asked["form"], names, rows[: asked["rows"] or None])


def select(connection: duckdb.DuckDBPyConnection, query: str, most: int = 0) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of a SELECT that writes nothing; one row more than `most` tells that there are more."""
    refuse_writing(connection, query)
    result = connection.execute(query)
    names = [column[0] for column in result.description or ()]
    return names, result.fetchmany(most + 1) if most else result.fetchall()


def statement(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """The one SELECT that a text is; TransferError for anything else."""
    try:
        statements = connection.extract_statements(text)
        kinds = {statement.type for statement in statements}
    except duckdb.Error as error:
        raise TransferError("Q088", first_line(error)) from error
    except ValueError as error:  # a statement that DuckDB knows and its Python module does not
        raise TransferError("Q084", "only SELECT statements are allowed") from error
    if len(statements) != 1:
        raise TransferError("Q085", "one statement at a time" if statements else "give a SELECT statement")
    # A PIVOT whose columns come from the data is several statements to DuckDB.
    if not kinds <= {duckdb.StatementType.SELECT, duckdb.StatementType.MULTI}:
        raise TransferError("Q084", "only SELECT statements are allowed")
    return str(statements[0].query)


def needed(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The tables of Parquet files that a query may read: those that it names, and that views name for it."""
    try:
        nodes = parsed(connection, query)
    except ValueError:
        return set(PARQUET)
    called = {str(node["function"].get("function_name")) for node in nodes if node.get("type") == "TABLE_FUNCTION"}
    if called - HARMLESS:  # query_table('predictions') names a table where no parser sees it
        return set(PARQUET)
    views, found, rest = questions(), set[str](), tables(nodes)
    while rest:
        name = rest.pop()
        if name in views and name not in found:
            rest |= tables(parsed(connection, views[name].sql))
        found.add(name)
    return found & PARQUET.keys()


def lock(connection: duckdb.DuckDBPyConnection, gigabytes: float) -> None:
    """From here on nothing outside the copy can be reached, and nothing of this can be undone."""
    connection.execute(f"set memory_limit = '{int(gigabytes * 1000)}MB'")
    for setting in LOCKS:
        connection.execute(f"set {setting}")


def limit_process(gigabytes: float) -> None:
    """What this process takes from now on is counted by the system too: DuckDB does not count all that it takes."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        limit = int(pages.read_text().split()[0]) * resource.getpagesize() + int((gigabytes + 0.5) * 1e9)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def refuse_writing(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """A SELECT may hold a COPY or an INSERT since DuckDB 2.0: only the plan tells."""
    ((_, plan),) = connection.execute(f"explain (format json) {query}").fetchall()
    for name in operators(json.loads(plan)):
        if any(word in name for word in WRITES):
            raise TransferError("Q084", f"only SELECT statements are allowed: this one writes ({name})")


def operators(plan: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for node in plan:
        yield str(node.get("name", ""))
        yield from operators(node.get("children", ()))


def told(
    connection: duckdb.DuckDBPyConnection, query: str, error: duckdb.Error | MemoryError, gigabytes: float
) -> TransferError:
    """A problem in DuckDB's words, with what would have been right where that is known."""
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return TransferError("Q087", f"needs more than {gigabytes:g} GB (--memory)")
    text = first_line(error)
    if isinstance(error, duckdb.PermissionException):
        return TransferError("Q083", "queries may read only the study's tables; --views lists them")
    described = columns(connection)
    asked = {name for name in named(connection, query) if name in described}
    unknown = sorted(named(connection, query) - described.keys())
    if isinstance(error, duckdb.CatalogException) and "Table with name" in text and unknown:
        close = "" if "Did you mean" in str(error) else nearest(unknown[0], described)
        return TransferError("Q088", f"{text}{close} Known: {', '.join(sorted(described))}.")
    if isinstance(error, duckdb.BinderException) and asked:
        known = " ".join(f"Columns of {name!r}: {', '.join(described[name])}." for name in sorted(asked))
        return TransferError("Q088", f"{text} {known}")
    return TransferError("Q088", text)


def named(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    try:
        return tables(parsed(connection, query))
    except ValueError:
        return set()


def columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of every table and view."""
    found: dict[str, list[str]] = {}
    rows = connection.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def first_line(error: Exception) -> str:
    """The first paragraph of DuckDB's text, on one line; the rest points at places in the query."""
    return " ".join(str(error).split("\n\n")[0].split())


if __name__ == "__main__":
    main()
