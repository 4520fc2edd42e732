"""What is exported is what is imported, into any kind of store, and nothing that cannot be read is half taken."""

import json

import pytest

from dashboard.exceptions import StateError
from dashboard.state import changes, transfer
from dashboard.state.opening import open_store
from dashboard.state.spec import MEMORY, StateSpec
from dashboard.state.store import Store
from tests.state.samples import NOW, change


def test_an_export_is_imported_into_every_kind_of_store(store: Store) -> None:
    source = open_store(StateSpec(MEMORY))
    changes.add(source, [change(f"{number}", tags=("é", "b")) for number in range(600)], "ci", NOW)
    written = list(transfer.lines(source))
    source.close()
    assert json.loads(written[0]) == {"golden_signals_state": store.schema}
    assert transfer.read(store, written) == (600, 0)
    assert list(transfer.lines(store)) == written


def test_what_is_there_stays_as_it_is(store: Store) -> None:
    changes.add(store, [change("1", text="as it is here")], "ci", NOW)
    other = open_store(StateSpec(MEMORY))
    changes.add(other, [change("1", text="as it is there"), change("2")], "ci", NOW)
    assert transfer.read(store, transfer.lines(other)) == (1, 1)
    assert {stored.change.text for stored in changes.find(store, changes.Wanted())} == {"as it is here", change().text}
    other.close()


def a_row(**columns: object) -> str:
    source = open_store(StateSpec(MEMORY))
    changes.add(source, [change()], "ci", NOW)
    row = json.loads(list(transfer.lines(source))[1])
    source.close()
    return json.dumps({key: value for key, value in {**row, **columns}.items() if value != "left out"})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: is no JSON object"),
        (['{"other": 1}'], 'line 1: is no state: expected {"golden_signals_state": '),
        (['{"golden_signals_state": 99}'], "line 1: is of schema 99, and this golden-signals knows schemas up to "),
        (["HEAD", "[]"], "line 2: is no JSON object"),
        (["HEAD", "", "[" * 100_000], "line 3: is no JSON object"),
        (["HEAD", '{"table": "gs_schema", "version": 5}'], 'line 2: there is no table "gs_schema"'),
        (["HEAD", '{"table": 5}'], "line 2: there is no table 5"),
        (["HEAD", a_row(id="one")], "line 2: gs_changes.id is missing or of another kind"),
        (["HEAD", a_row(sender="left out")], "line 2: gs_changes.sender is missing or of another kind"),
        (["HEAD", a_row(end_at=True)], "line 2: gs_changes.end_at is missing or of another kind"),
        (["HEAD", a_row(colour="green")], "line 2: gs_changes has no column 'colour'"),
    ],
    ids=["nothing", "no head", "newer", "no row", "deep", "schema", "no name", "kind", "missing", "true", "unknown"],
)
def test_a_line_that_cannot_be_read_is_named(lines: list[str], message: str) -> None:
    store = open_store(StateSpec(MEMORY))
    head = json.dumps({"golden_signals_state": store.schema})
    with pytest.raises(StateError) as refused:
        transfer.read(store, [head if line == "HEAD" else line for line in lines])
    assert str(refused.value).startswith(message)
    assert changes.find(store, changes.Wanted()) == []
    store.close()


def test_a_row_of_an_older_schema_has_nothing_in_what_it_did_not_know() -> None:
    store = open_store(StateSpec(MEMORY))
    head = json.dumps({"golden_signals_state": store.schema})
    assert transfer.read(store, [head, a_row(end_at="left out")]) == (1, 0)
    assert changes.find(store, changes.Wanted())[0].change.end is None
    store.close()
