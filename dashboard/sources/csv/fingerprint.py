"""Digests of the text read from a file, to detect whether it, or another file, contains the same text.

Appending is only recognised by comparing the bytes; for a file of many gigabytes, some blocks at a time, without
keeping them in memory.
"""

import io
from collections.abc import Iterable
from typing import Self, cast

import xxhash

# Size of a block, and of its digest, in bytes: 256 KB of memory for a file of 1 GB.
BLOCK, DIGEST = 1 << 16, 16


class Fingerprint:
    """The digests of a file's text from its start.

    Attributes:
        size: bytes of text that were added.
    """

    __slots__ = ("_blocks", "_rest", "size")

    def __init__(self) -> None:
        self.size = 0
        self._blocks = bytearray()
        # Of the text after the last whole block.
        self._rest = xxhash.xxh3_128()

    @property
    def blocks(self) -> int:
        """The number of whole blocks."""
        return self.size // BLOCK

    def copy(self) -> Self:
        """An independent copy."""
        other = type(self)()
        other.size, other._blocks, other._rest = (
            self.size,
            bytearray(self._blocks),
            cast(xxhash.xxh3_128, self._rest.copy()),
        )
        return other

    def add(self, text: bytes | bytearray | memoryview) -> None:
        """Append these bytes of text."""
        view, at = memoryview(text), 0
        while at < len(view):
            part = view[at : at + BLOCK - self.size % BLOCK]
            self._rest.update(part)
            at += len(part)
            self.size += len(part)
            if self.size % BLOCK == 0:
                self._blocks += self._rest.digest()
                self._rest = xxhash.xxh3_128()

    def is_in(self, text: io.BufferedReader, blocks: Iterable[int] | None = None) -> bool:
        """Whether a text starts with the text that was read.

        Args:
            text: open for reading. `blocks`: indices of the whole blocks to compare, in addition to the text after the
                last one; None: all of them.
        """
        numbers = range(self.blocks) if blocks is None else blocks
        if not all(self._holds_block(text, number) for number in numbers):
            return False
        return self._read(text, self.blocks, self.size % BLOCK) == self._rest.digest()

    def begins_with(self, text: io.BufferedReader, size: int) -> bool:
        """Whether the whole blocks of a text are the first blocks of the text that was read.

        Args:
            text: open for reading. `size`: bytes of it.
        """
        return all(self._holds_block(text, number) for number in range(min(size, self.size) // BLOCK))

    def _holds_block(self, text: io.BufferedReader, number: int) -> bool:
        digest = self._blocks[number * DIGEST : (number + 1) * DIGEST]
        return self._read(text, number, BLOCK) == digest

    def _read(self, text: io.BufferedReader, block: int, size: int) -> bytes:
        text.seek(block * BLOCK)
        return xxhash.xxh3_128(text.read(size)).digest()
