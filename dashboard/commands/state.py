"""state export | import: what people and senders added, as JSON lines."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dashboard.commands.options import configuration
from dashboard.exceptions import ConfigError, StateError

if TYPE_CHECKING:
    from dashboard.state.store import Store


def state(options: argparse.Namespace) -> int:
    """Write the state that the configuration names as JSON lines, or add such lines to it."""
    config = configuration(options)
    # It takes long to import: other commands go without it.
    from dashboard.state import transfer
    from dashboard.state.opening import open_store

    store = open_store(config.state)
    try:
        if options.action == "export":
            with _opened(options.file, sys.stdout, is_written=True) as file:
                file.writelines(f"{line}\n" for line in transfer.lines(store))
        else:
            with _opened(options.file, sys.stdin, is_written=False) as file:
                new, known = _read(store, file, options.file or "standard input")
            print(f"golden-signals: {store.where}: {new} rows are new, {known} were there", file=sys.stderr)
    finally:
        store.close()
    return 0


def _read(store: "Store", file: TextIO, where: str) -> tuple[int, int]:
    from dashboard.state import transfer

    try:
        return transfer.read(store, file)
    except StateError as error:
        raise StateError(f"{where}: {error}") from None
    except UnicodeDecodeError:
        raise StateError(f"{where}: is no text in UTF-8") from None


@contextmanager
def _opened(path: str | None, otherwise: TextIO, *, is_written: bool) -> Iterator[TextIO]:
    if path is None:
        yield otherwise
        return
    try:
        with Path(path).open("w" if is_written else "r", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
