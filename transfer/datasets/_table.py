"""Images and labels in Parquet files: bytes of pictures as public hubs ship them, or numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from transfer.datasets._cache import kept
from transfer.datasets._numbers import as_images
from transfer.datasets._pictures import decoded
from transfer.errors import EnvironmentProblem

DEEPEST = 3  # lists in lists: channels, rows, columns


def read_parquet(
    files: Sequence[Path], where: str, *, image: str, label: str, size: int | None = None, scale: int = 1
) -> tuple[NDArray[np.uint8], NDArray[np.generic]]:
    """The images and labels of some Parquet files, in the order of their rows."""
    tables = [_columns(file, image, label) for file in files]
    kinds = {table[image].type for table in tables}
    if len(kinds) > 1:
        raise EnvironmentProblem("D047", f"{where}: column {image!r} is {' and '.join(map(str, kinds))}")
    rows = pa.concat_tables(tables)
    pictures, labels = rows[image], _labels(rows[label], where)
    inner = _bytes_of(pictures)
    if inner is None:
        return as_images(_array(pictures, where), where, scale), labels
    names = [f"{where} row {row}" for row in range(len(inner))]
    for row in np.flatnonzero(inner.is_null().to_numpy())[:1].tolist():
        raise EnvironmentProblem("D047", f"{names[row]}: no image")
    # One at a time: a list of all would be a second copy of the file.
    return kept(
        files, ["parquet", image, str(size)], lambda: decoded(names, lambda row: inner[row].as_py(), size)
    ), labels


def _columns(file: Path, image: str, label: str) -> pa.Table:
    try:
        # Opened by Python: a memory map would outlive the file's removal.
        with file.open("rb") as opened:
            parquet = pq.ParquetFile(opened)
            schema = parquet.schema_arrow
            missing = [name for name in (image, label) if name not in schema.names]
            if missing:
                text = f"{file} has no column {missing[0]!r}; it has {', '.join(schema.names[:20])}"
                raise EnvironmentProblem("D056", f"{text}. Say which with 'image:' and 'label:'")
            _check_depth(schema.field(image).type, f"{file}: column {image!r}")
            return parquet.read([image, label], use_threads=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as problem:
        raise EnvironmentProblem("D056", f"{file} is no Parquet file that can be read: {problem}") from None


def _check_depth(kind: Any, where: str) -> None:
    # Before a row is read: reading lists nested 26-fold takes minutes for a few bytes.
    depth = 0
    while hasattr(kind, "value_type"):
        kind, depth = kind.value_type, depth + 1
    if depth > DEEPEST:
        raise EnvironmentProblem("D056", f"{where} has lists nested {depth}-fold; at most {DEEPEST}")


def _bytes_of(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The bytes of pictures, from a column of them or of structs of bytes and path; None for numbers."""
    kind = column.type
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        column = pa.chunked_array([chunk.field("bytes") for chunk in column.chunks], kind.field("bytes").type)
        kind = column.type
    return column if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else None


def _array(column: pa.ChunkedArray, where: str) -> NDArray[Any]:
    """Lists of lists of equal lengths as one array."""
    if isinstance(column.type, pa.FixedShapeTensorType):
        found: NDArray[Any] = column.combine_chunks().to_numpy_ndarray()
        return found
    values, shape = column.combine_chunks(), [len(column)]
    while hasattr(values.type, "value_type") and not pa.types.is_dictionary(values.type):
        lengths = set(values.value_lengths().to_pylist()) if not pa.types.is_fixed_size_list(values.type) else set()
        lengths = lengths or {values.type.list_size if pa.types.is_fixed_size_list(values.type) else 0}
        if len(lengths) > 1 or None in lengths:
            raise EnvironmentProblem("D048", f"{where}: images differ in size: rows of {sorted(map(str, lengths))}")
        shape.append(lengths.pop())
        values = values.flatten()
    if len(shape) == 1 or not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        text = f"{where}: the images are {column.type}; bytes of pictures, or nested lists of numbers, expected"
        raise EnvironmentProblem("D047", text)
    return values.to_numpy(zero_copy_only=False).reshape(shape)


def _labels(column: pa.ChunkedArray, where: str) -> NDArray[np.generic]:
    if column.null_count:
        raise EnvironmentProblem("D051", f"{where}: {column.null_count:,} rows have no label")
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        text = f"labels must be whole numbers; found {column.type}, as {column[0].as_py()!r} at row 0"
        raise EnvironmentProblem("D051", f"{where}: {text}")
    return column.to_numpy()
