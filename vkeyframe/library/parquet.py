"""The descriptors of a library as a table in Parquet, which engines for more than one machine load.

A row is a view: of each keyframe the whole picture and five parts of it, as a picture that is looked for may be either.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vkeyframe.errors import MissingLibraryError, OutputError, UsageError
from vkeyframe.library.entries import VIEW_SIZE, VIEWS
from vkeyframe.library.store import Library
from vkeyframe.output.inputs import check_file
from vkeyframe.output.whole_file import unused_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

# Keyframes in a group of rows: some 20 MB of descriptors.
GROUP = 10_000


def check_parquet(path: Path, library: Path) -> None:
    """Find out before the work whether a table can be written.

    Raises
    ------
    MissingLibraryError
        If PyArrow is not installed.
    UsageError
        If it is the library itself.
    OutputError
        If something else is in its place, or the folder is missing.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MissingLibraryError("A table in Parquet needs PyArrow; pip install 'vkeyframe[parquet]'.") from None
    check_file(path, [library])
    if path.absolute() == library.absolute():
        raise UsageError(f"{path}: is the library itself; write the table to another file.")
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written (it is a folder).")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path}: cannot be written (the folder is missing).")


def write_parquet(library: Library, path: Path) -> int:
    """Write a row for each view of each keyframe, in the order of their ids; the file appears whole or not at all.

    The columns are ``keyframe``, the id in the library, ``path``, ``kind``, ``frame``, ``time`` in seconds, ``shot``, ``view``, 0
    for the whole picture and 1 to 5 for its parts, and ``descriptor``, 147 half floats of length 1, or 0 where the view is flat:
    the likeness of two views is their dot product.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    temporary = unused_name(path.absolute().parent)
    rows = 0
    try:
        ids, _ = library.views()
        # Paths and kinds come again and again; numbers of descriptors hardly do.
        with ParquetWriter(temporary, _schema(), compression="zstd", use_dictionary=["path", "kind"]) as writer:
            for start in range(0, len(ids), GROUP):
                table = _table(library, ids[start : start + GROUP].tolist())
                writer.write_table(table)
                rows += table.num_rows
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, pa.ArrowException) as error:
        cause = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise OutputError(f"{path}: cannot be written ({cause}).") from None
    finally:
        temporary.unlink(missing_ok=True)
    return rows


def _schema() -> pa.Schema:
    import pyarrow as pa

    columns = {
        "keyframe": pa.int64(),
        "path": pa.string(),
        "kind": pa.string(),
        "frame": pa.int64(),
        "time": pa.float64(),
        "shot": pa.int32(),
        "view": pa.int8(),
        "descriptor": pa.list_(pa.float16(), VIEW_SIZE),
    }
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns.items()])


def _table(library: Library, ids: Sequence[int]) -> pa.Table:
    import pyarrow as pa

    rows = library.keyframe_rows(ids)
    views = library.views_of([row.id for row in rows]).reshape(-1, VIEW_SIZE).astype(np.float32)
    length = np.linalg.norm(views, axis=1, keepdims=True)
    units = (views / np.maximum(length, 1.0)).astype(np.float16)
    schema = _schema()
    columns = [
        np.repeat(np.array([row.id for row in rows], np.int64), VIEWS),
        [os.fsencode(row.path).decode("utf-8", "replace") for row in rows for _ in range(VIEWS)],
        [row.kind for row in rows for _ in range(VIEWS)],
        np.repeat(np.array([row.frame for row in rows], np.int64), VIEWS),
        np.repeat(np.array([row.time for row in rows], np.float64), VIEWS),
        np.repeat(np.array([row.shot for row in rows], np.int32), VIEWS),
        np.tile(np.arange(VIEWS, dtype=np.int8), len(rows)),
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=False)]
    descriptors = pa.FixedSizeListArray.from_arrays(pa.array(units.ravel()), type=schema.field("descriptor").type)
    return pa.Table.from_arrays([*arrays, descriptors], schema=schema)
