import os
import threading
from pathlib import Path

import pytest

from dashboard.whole_file import whole_file


def write(path: Path, text: str) -> None:
    with whole_file(path) as file:
        file.write(text)


def test_what_is_no_file_takes_the_text_and_stays_what_it_is(tmp_path: Path) -> None:
    # As /dev/null does, in whose place root could put a file.
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write(pipe, "a review\n")
    reader.join(timeout=10)
    assert (read, pipe.is_fifo()) == (["a review\n"], True)


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    file, link = tmp_path / "november.md", tmp_path / "newest.md"
    file.write_text("as it was", encoding="utf-8")
    file.chmod(0o640)
    link.symlink_to(file.name)
    write(link, "as it is")
    assert (file.read_text(encoding="utf-8"), link.is_symlink(), file.stat().st_mode & 0o777) == (
        "as it is",
        True,
        0o640,
    )


def test_what_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "november.md"
    file.write_text("as it was", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write(file, "half of it, and what no file holds: \ud800" + "x" * 10_000)
    with pytest.raises(IsADirectoryError):
        write(tmp_path, "no folder takes text")
    assert [(each.name, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [(file.name, "as it was")]
