"""JMeter writes redirects, what pages embed and transactions as rows of their own: each request counts once."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR
from tests.sources.csv.csv_text import BEGIN, append, counts_of, read_as

HEADER = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n"
Block = tuple[int, str]


def row(start: int, elapsed: int, label: str, thread: str, message: str = "OK") -> str:
    return f'{BEGIN * 1000 + start},{elapsed},{label},200,"{message}",{thread},true\n'


def transaction(start: int, elapsed: int, thread: str, samples: int) -> str:
    message = f"Number of samples in transaction : {samples}, number of failing samples : 0"
    return row(start, elapsed, "Buy", thread, message)


def sample(start: int, elapsed: int, thread: str, chance: random.Random) -> str:
    """A sample, and its parts below it."""
    label = chance.choice(("Home", "Pay-1", "Search", "Search-1"))
    parts = range(chance.choice((0, 0, 2, 3)))
    cut = elapsed // (len(parts) or 1)
    return row(start, elapsed, label, thread) + "".join(
        row(start + cut * part, cut, f"{label}-{part}", thread) for part in parts
    )


def blocks(thread: str, chance: random.Random) -> Iterator[tuple[Block, int]]:
    """What a thread writes at once, when in milliseconds after BEGIN, and how many requests it is."""
    now = 1
    for _ in range(30):
        kind = chance.choice(("sample", "sample", "transaction", "one sample of a transaction", "nothing"))
        begin, texts = now, []
        for _ in range(1 if kind == "sample" else 0 if kind == "nothing" else chance.randint(1, 3)):
            elapsed = chance.randint(2, 400)
            texts.append(sample(now, elapsed, thread, chance))
            # Waiting between samples is no part of a transaction.
            now += elapsed + chance.randint(1, 300)
            if kind in ("sample", "transaction"):
                yield (now, texts[-1]), 1
        if kind == "transaction":
            yield (now, transaction(begin, (now - begin) // 2, thread, len(texts))), 0
        if kind == "nothing":
            yield (now, transaction(now, 0, thread, 0)), 0
        if kind == "one sample of a transaction":
            # With its samples below it, as JMeter 5 writes them, or without, as older ones do.
            whole = transaction(begin, now - begin, thread, len(texts))
            below = chance.random() < 0.5
            yield (now, whole + ("".join(texts) if below else "")), len(texts) if below else 1
        now += chance.randint(1, 50)


@pytest.mark.parametrize("seed", range(12))
def test_every_request_of_threads_that_write_in_turn_counts_once(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    written = [block for thread in range(4) for block in blocks(f"Users 1-{thread}", chance)]
    text = HEADER + "".join(block for (_, block), _ in sorted(written, key=lambda item: item[0][0]))
    path = tmp_path / "visit.jtl"
    # A file that grows is cut anywhere, but not between the rows that are written at once.
    half = text.index("\n", len(text) // 2) + 1
    path.write_text(text)
    whole = CsvSource([str(path)])
    assert counts_of(whole).frame["visit", "requests", ""].sum() == sum(requests for _, requests in written)
    path.write_text(text[:half])
    source = CsvSource([str(path)])
    source.discover(BEGIN + HOUR)
    append(path, text[half:])
    further = counts_of(source).frame["visit", "requests", ""].sum() - sum(requests for _, requests in written)
    # Only a transaction whose own row is the last of a reading cannot know of the samples below it.
    assert 0 <= further <= 1


def test_a_sampler_that_is_called_like_a_part_of_another_is_a_request(tmp_path: Path) -> None:
    """`Search-1` runs after `Search`, and not while it does."""
    path = tmp_path / "visit.jtl"
    path.write_text(HEADER + row(1, 50, "Search", "a") + row(51, 20, "Search-1", "a") + row(2, 20, "Search-1", "b"))
    assert counts_of(CsvSource([str(path)])).frame["visit", "requests", ""].sum() == 3


def test_variables_that_a_test_saves_are_labels_and_its_messages_are_none(tmp_path: Path) -> None:
    path = tmp_path / "visit.jtl"
    path.write_text(f"{HEADER[:-1]},region\n" + row(1, 50, "Search", "a").replace("\n", ",eu\n"))
    [info] = CsvSource([str(path)]).discover(BEGIN).services
    assert set(info.labels) == {"route", "code", "status", "region"}


def test_a_column_that_the_configuration_names_is_read_though_the_format_leaves_it_out(tmp_path: Path) -> None:
    path = tmp_path / "visit.jtl"
    path.write_text(HEADER + row(1, 50, "Search", "a") + row(2, 50, "Search", "b"))
    source = CsvSource([read_as(path, columns={"service": "threadName"})])
    assert [info.name for info in source.discover(BEGIN).services] == ["a", "b"]
