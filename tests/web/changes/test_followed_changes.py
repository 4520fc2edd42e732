"""Files of changes are followed as they grow and are replaced, and each row is one change."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from dashboard.state import changes
from dashboard.state.changes import StoredChange, Wanted
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from dashboard.web.changes import followed_changes
from dashboard.web.changes.followed_changes import FollowedChanges
from tests.web.annotations import NOW

IN_JSON = json.dumps({"time": NOW, "text": "x"}) + "\n"
HEADER = "Time,Service,Version,Kind,Message,End,Tags,URL,Status\n"


class Followed:
    """A file that is followed, and what was said of it."""

    def __init__(self, path: Path, store: Store) -> None:
        self.path, self.store = path, store
        self.said: list[str] = []
        self.follower = FollowedChanges([str(path)], store, lambda: NOW, self.said.append)

    def write(self, text: str) -> list[StoredChange]:
        """Add to the file, and read it; all that is kept."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)
        self.follower.read()
        return changes.find(self.store, Wanted())


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    store = open_store(StateSpec(MEMORY))
    yield Followed(tmp_path / "changes.txt", store)
    store.close()


def row(ago: float = 60, service: str = "checkout", version: str = "42", more: str = ",,,,,") -> str:
    return f"{NOW - ago:.0f},{service},{version}{more}\n"


def test_a_table_is_read_by_the_names_of_its_columns(followed: Followed) -> None:
    more = f',Rollback,"back, to\nthe ""old"" one",{NOW:.0f},"prod; payments",https://ci.example.org/5,success'
    [stored] = followed.write(HEADER + row(more=more))
    change = stored.change
    assert (change.sender, str(change.kind), change.service, change.version) == ("file", "rollback", "checkout", "42")
    assert (change.text, change.start, change.end) == ('back, to\nthe "old" one', NOW - 60, NOW)
    assert (change.tags, change.links) == (("prod", "payments"), ("https://ci.example.org/5",))
    assert (str(change.outcome), stored.token) == ("succeeded", "file changes.txt")
    assert followed.said == []


def test_it_grows_and_a_line_is_read_when_it_has_ended(followed: Followed) -> None:
    assert len(followed.write(HEADER + row(ago=100))) == 1
    assert len(followed.write(row(ago=90)[:-8])) == 1
    assert [stored.change.version for stored in followed.write(row(ago=90)[-8:] + row(ago=80, version="43"))] == [
        *("43", "42", "42"),
    ]
    assert len(followed.write(row(ago=70)[:-1])) == 3
    # One without a line end is one when the file no longer grows.
    assert len(followed.write("")) == 4
    assert followed.said == []


def test_one_that_is_replaced_or_read_again_gives_no_change_twice(followed: Followed, tmp_path: Path) -> None:
    followed.write(HEADER + row() + row(ago=50, version="43"))
    other = tmp_path / "other"
    other.write_text(HEADER + row() + row(ago=40, version="44"), encoding="utf-8")
    os.replace(other, followed.path)
    assert sorted(stored.change.version for stored in followed.write("")) == ["42", "43", "44"]
    followed.path.write_text(HEADER + row(ago=30, version="45"), encoding="utf-8")
    assert len(followed.write("")) == 4
    again = Followed(followed.path, followed.store)
    assert len(again.write("")) == 4


def test_json_lines_are_read_too(followed: Followed) -> None:
    lines: list[dict[str, Any]] = [
        {"time": (NOW - 60) * 1000, "title": "Enabled flag basket", "kind": "flag", "service": "checkout"},
        {"timestamp": "2025-10-09T08:52:00Z", "type": "deploy", "app": "basket", "release": "7", "tags": ["a", "b"]},
        {"id": "one", "at": NOW - 50, "text": "first words"},
        {"id": "one", "at": NOW - 50, "text": "other words"},
    ]
    stored = followed.write("".join(json.dumps(line) + "\n" for line in lines))
    assert sorted((str(row.change.kind), row.change.service, row.change.text) for row in stored) == [
        ("deploy", "basket", "Deploy basket 7"),
        ("flag", "checkout", "Enabled flag basket"),
        ("other", "", "other words"),
    ]


@pytest.mark.parametrize(
    ("text", "said", "count"),
    [
        ("name,colour\na,b\n", "there is no column of times: name one time", 0),
        ("time,colour\n1,b\n", "no column says what was changed: name one text, kind, service or version", 0),
        (HEADER + "soon,checkout,1,,,,,,\n" + row(), "line 2: Time is no time: ", 1),
        (HEADER + row(ago=-4000) + row(), "line 2: the change begins 4,000 s in the future: check the clock", 1),
        (HEADER + f"{NOW:.0f},,,,,,,,\n" + row(), "line 2: it does not say what was changed", 1),
        ('{"time": 1}\n[1]\n' + IN_JSON, "line 1: no column says what was changed", 1),
        (IN_JSON + "{oops\n", "line 2: there is no column of times", 1),
        (HEADER + row(ago=500 * 86_400) + row(), "", 1),
        ("\x00\xff\n" * 5, "there is no column of times: name one time", 0),
        ("", "", 0),
    ],
    ids=["no times", "nothing", "a word", "future", "empty", "JSON", "no JSON", "old", "no text", "an empty file"],
)
def test_a_row_that_is_none_is_said_once_and_the_others_are_read(
    followed: Followed, text: str, said: str, count: int
) -> None:
    assert len(followed.write(text)) == count
    followed.write("")
    assert [line.startswith(f"changes of {followed.path}: {said}") for line in followed.said] == [True] * bool(said)


def test_a_file_that_is_not_there_yet_is_said_and_waited_for(followed: Followed) -> None:
    assert followed.follower.read() == 0
    assert followed.said == [f"changes of {followed.path}: there is no such file yet"]
    assert len(followed.write(HEADER + row() + "soon\n")) == 1
    assert len(followed.said) == 2


def test_a_row_without_an_end_is_no_row(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_changes, "BLOCK", 200)
    stored = followed.write(HEADER + row(more="," + "x" * 1000 + ",,,,") + row(ago=30, version="43"))
    assert "43" in {row.change.version for row in stored}


def test_it_is_followed_by_a_thread_until_it_is_stopped(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_changes, "EVERY_S", 0.01)
    has_read = Event()
    followed.path.write_text(HEADER + "soon\n", encoding="utf-8")
    follower = FollowedChanges([str(followed.path)], followed.store, lambda: NOW, lambda _: has_read.set())
    follower.start()
    assert has_read.wait(timeout=60)
    follower.stop()
    follower.stop()
