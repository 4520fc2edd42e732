"""Keeps one change after the other and says so on a line of its own, until it is killed."""

import sys

from dashboard.state import changes
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec
from tests.state.samples import NOW, change

if __name__ == "__main__":
    store = open_store(StateSpec(sys.argv[1]))
    number = int(sys.argv[2])
    while True:
        changes.add(store, [change(f"change {number}", text="x" * 2000)], "ci", NOW)
        print(number, flush=True)
        number += 1
