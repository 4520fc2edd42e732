"""What is kept is read back as it was, and brought together with what the data still give: one incident, never two."""

from dataclasses import replace

from dashboard.incidents.incident import Correctable, Edge
from dashboard.incidents.stored import merged, read, with_corrections, written
from dashboard.timerange import DAY
from tests.incidents.impacts import START, impact, incident


def test_what_was_written_is_read_back_and_is_the_same_text() -> None:
    whole = incident(edges=(Edge("checkout", "bank", 10.0),), corrections={Correctable.TITLE: "The bank was down"})
    back = read(written(whole))
    assert back == replace(whole, corrections={}, is_frozen=True)
    assert written(back) == written(whole)
    assert [read(text) for text in ("", "{}", "[]", '{"id": 5}', "[" * 100_000)] == [None] * 5


def test_of_an_outage_of_everything_counts_of_the_costliest_are_kept() -> None:
    every = [impact(f"s{number}", budget_share=number / 3_000) for number in range(3_000)]
    text = written(incident("a", *every))
    assert len(text) < 3_000_000
    back = read(text)
    assert back is not None
    assert len(back.impacts) == 3_000
    assert [one.service for one in back.impacts if one.counts is not None] == [
        f"s{place}" for place in range(2_900, 3_000)
    ]


def test_what_is_derived_again_is_the_one_that_was_kept() -> None:
    stored = replace(incident("a"), is_frozen=True)
    coarser = incident("b", impact(start=START - 600.0, end=START + 3_000.0, bad=410.0))
    assert merged([incident("a")], [stored]) == (stored,)
    assert merged([coarser], [stored]) == (stored,)
    assert merged([], [stored]) == (stored,)


def test_what_another_objective_cost_joins_what_was_kept() -> None:
    stored = replace(incident("a"), is_frozen=True)
    more = impact("payments", end=START + 9_000.0)
    (joined,) = merged([incident("a", impact(bad=1.0), more)], [stored])
    assert joined.impacts == (*stored.impacts, more)
    assert joined.end == START + 9_000.0
    (still_open,) = merged([incident("a", impact(), impact("payments", end=None))], [stored])
    assert still_open.is_open
    assert not still_open.is_frozen


def test_two_that_were_kept_are_not_made_one_by_coarser_data() -> None:
    later = impact(start=START + 20_000.0, end=START + 21_000.0)
    first, second = incident("a"), incident("b", later)
    coarse = incident("c", impact(end=START + 22_000.0))
    assert {one.id for one in merged([coarse], [first, second])} == {"a", "b"}


def test_two_that_were_kept_are_one_once_it_is_known_that_they_are() -> None:
    first, second = incident("a"), incident("b", impact("payments"))
    both = incident("a", impact(), impact("payments"), aliases=("b",))
    (united,) = merged([both], [first, second])
    assert (united.id, united.services) == ("a", ("checkout", "payments"))


def test_what_was_kept_while_it_went_on_gives_its_id_and_its_start() -> None:
    stored = incident("a", impact(end=None))
    now = incident("cut", impact(start=START + 5 * DAY, end=None, bad=900.0))
    (shown,) = merged([now], [stored])
    assert (shown.id, shown.start, shown.impacts[0].bad) == ("a", START, 900.0)
    assert "cut" in shown.aliases


def test_corrections_of_an_id_that_it_had_count() -> None:
    whole = incident("a", aliases=("b",))
    said = {"b": {Correctable.TITLE: "The bank", Correctable.END: "5"}, "a": {Correctable.END: "7"}}
    corrected = with_corrections(whole, said)
    assert corrected.corrections == {Correctable.TITLE: "The bank", Correctable.END: "7"}
    assert (corrected.id, corrected.end) == (whole.id, whole.end)
    assert with_corrections(whole, {}) is whole
