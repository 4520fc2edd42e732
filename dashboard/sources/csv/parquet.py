"""Reads Parquet files as rows: the same columns as for a CSV file, with their types."""

import io
import os
from collections.abc import Container, Generator

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.files import FollowedFile
from dashboard.sources.csv.formats.format import FileFacts
from dashboard.sources.csv.layout import Layout
from dashboard.sources.csv.parsing import Part, settled_part, text_columns, used_columns
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.recognition import recognise_columns

MAGIC = b"PAR1"
# The name of the format that is shown for the file.
PARQUET = "Parquet"
BATCH_ROWS = 1 << 18


def is_parquet(file: io.BufferedReader) -> bool:
    """Whether a file is Parquet; its position is reset to the start."""
    return file.peek(len(MAGIC)).startswith(MAGIC)


def start_following(name: str, file: io.BufferedReader, status: os.stat_result, reading: Reading) -> FollowedFile:
    """Recognise a file by its columns.

    Args:
        name: its path. `file`: open at its start. `status`: of the file system.
        reading: its settings.

    Raises:
        InvalidData: it is damaged, or has none of the shapes.
    """
    columns = tuple(_opened(name, file).schema_arrow.names)
    recognised = recognise_columns(name, (), Layout(columns), reading)
    facts = FileFacts(name, recognised.reading, status.st_mtime)
    return FollowedFile(name, status, 0, 0, recognised.begun(facts), PARQUET)


def parts(file: FollowedFile, reader: io.BufferedReader) -> Generator[Part]:
    """All rows of a file, in parts.

    Raises:
        InvalidData: it is damaged.
    """
    opened, first = _opened(file.name, reader), 0
    # Each part counts as a share of the file's bytes, as a compressed file has fewer bytes than its rows.
    texts = text_columns(file.recognised)
    share = file.status.st_size / max(1, opened.metadata.num_rows)
    try:
        for batch in opened.iter_batches(BATCH_ROWS, columns=used_columns(file.recognised)):
            size = round(share * batch.num_rows)
            yield settled_part(file, _with_texts(pa.Table.from_batches([batch]), texts), size, first_row=first)
            first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file.name, error) from None


def _with_texts(table: pa.Table, names: Container[str]) -> pa.Table:
    """A table with text columns in the representation of CSV, whatever their type; `names`: of these columns."""
    for place, name in enumerate(table.column_names):
        kind = table.schema.field(place).type
        if name in names and not pa.types.is_nested(kind) and not pa.types.is_temporal(kind):
            table = table.set_column(place, name, table[name].cast(pa.string()).dictionary_encode())
    return table


def _opened(name: str, file: io.BufferedReader) -> pq.ParquetFile:
    file.seek(0)
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> InvalidData:
    reason = str(error).splitlines()[0][:200]
    return InvalidData(f"{name}: is a damaged or half-written Parquet file: {reason}", query=name)
