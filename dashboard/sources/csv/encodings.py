"""Decodes files that are not plain UTF-8: compressed, or in encodings of spreadsheets; via a copy in UTF-8."""

import bz2
import codecs
import gzip
import io
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

import pyarrow as pa

from dashboard.exceptions import InvalidData

# Number of bytes to detect the encoding, and to copy at once.
HEAD, BLOCK = 1 << 16, 1 << 22
# Minimum number of bytes to distinguish UTF-16 from binary data.
UTF_16_BYTES = 16
# The first bytes of compressed files. pyarrow reads them as well, but not truncated ones.
OPENERS: Final[dict[bytes, Callable[[Any], Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda file: io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(file), "zstd")),
}
ZIP: Final = b"PK\x03\x04"
# Those of UTF-32 come first, as one of them begins like one of UTF-16.
MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
UTF_8: Final = "utf-8"
# The encoding of Windows and most western European spreadsheets; equal to Latin-1 for letters.
LATIN: Final = "windows-1252"
# Letters of western Europe, the euro sign, quotes and dashes, but nothing that only damaged files contain.
LETTERS: Final = frozenset((0x80, *range(0x91, 0x98), *range(0xA1, 0xFE)))


def decoded(file: io.BufferedReader, name: str, encoding: str = "") -> tuple[io.BufferedReader, str]:
    """A file as UTF-8, open at its start, and its encoding; empty for plain UTF-8.

    Args:
        file: open at its start, and not read by others. `name`: its path.
        encoding: from the configuration; empty: detect it.

    Raises:
        InvalidData: it is compressed and damaged.
    """
    first = file.peek(8)
    opener = next((opener for magic, opener in OPENERS.items() if first.startswith(magic)), None)
    if first.startswith(ZIP):
        opener = partial(_unzipped, name=name)
    plain = file if opener is None else _copied(opener(file), name)
    head = plain.read(HEAD)
    plain.seek(0)
    actual = encoding or encoding_of(head)
    # Line ends of old spreadsheets.
    returns = b"\r" in head and b"\n" not in head
    kinds = {"compressed": opener is not None, actual: actual != UTF_8, "line ends of CR": returns}
    description = ", ".join(kind for kind, holds in kinds.items() if holds)
    if not returns and actual == UTF_8:
        return plain, description
    text = _transcoded(plain, actual, returns=returns)
    if plain is not file:
        plain.close()
    return text, description


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its beginning, under Python's name."""
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return name
    # In UTF-32, the two high bytes of nearly every character are 0.
    for name, places in (("utf-32-be", (0, 1)), ("utf-32-le", (2, 3))):
        if len(head) >= UTF_16_BYTES and not any(any(head[place::4]) for place in places):
            return name
    # In UTF-16, every second byte of mostly English text is 0.
    low, high = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= UTF_16_BYTES and max(low, high) > 0.3 * len(head) / 2 and min(low, high) < 0.02 * len(head):
        return "utf-16-be" if low > high else "utf-16-le"
    return LATIN if _is_latin(head) else UTF_8


def _is_latin(head: bytes) -> bool:
    """Whether it has Latin-1 letters and none in UTF-8: a text with only some damaged bytes is still UTF-8."""
    beyond = {byte for byte in head if byte >= 0x80}
    if not beyond or not beyond <= LETTERS:
        return False
    ascii_only = head.decode("ascii", "ignore")
    return head.decode(UTF_8, "ignore") == ascii_only


def _unzipped(file: io.BufferedReader, name: str) -> io.BufferedIOBase:
    """The single file in an archive.

    Raises:
        InvalidData: it is a workbook, contains several files, or is damaged.
    """
    try:
        archive = zipfile.ZipFile(file)
        members = [member for member in archive.namelist() if not member.endswith("/")]
        if "[Content_Types].xml" in members:
            raise InvalidData(f"{name}: is a workbook: save its sheet as CSV", query=name)
        if len(members) != 1:
            what = f"is a ZIP archive of {len(members)} files: unpack it, and name the folder of what it holds"
            raise InvalidData(f"{name}: {what}", query=name)
        return cast(io.BufferedIOBase, archive.open(members[0]))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise InvalidData(f"{name}: is a ZIP archive that cannot be read: {error}", query=name) from None


def _copied(packed: io.BufferedIOBase, name: str) -> io.BufferedReader:
    """A temporary file with the decompressed content; of a truncated file, the readable part."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the reader closes it
    try:
        while block := packed.read1(BLOCK):
            copy.write(block)
    except EOFError:
        # It is still being written, or was not copied completely: the rows before are valid.
        pass
    except (OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        copy.close()
        raise InvalidData(f"{name}: is compressed and damaged: {error}", query=name) from None
    copy.seek(0)
    return cast(io.BufferedReader, copy)


def _transcoded(file: io.BufferedReader, encoding: str, *, returns: bool) -> io.BufferedReader:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the reader closes it
    while block := file.read(BLOCK):
        text = decoder.decode(block)
        copy.write((text.replace("\r", "\n") if returns else text).encode())
    copy.seek(0)
    return cast(io.BufferedReader, copy)
