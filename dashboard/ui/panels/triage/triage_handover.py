"""The shift handover below the list, for several shift lengths, with a button to copy it."""

from html import escape

from dashboard.engine.snapshot import Snapshot
from dashboard.timerange import HOUR
from dashboard.triage.added import Added
from dashboard.triage.entry import Triage
from dashboard.triage.handover import handovers
from dashboard.ui.text.triage import handover_text

# Hours of shifts.
SHIFTS = (8, 12, 24)


def shifts(snapshot: Snapshot, triaged: Triage, added: Added) -> str:
    """The texts of all shift lengths as HTML; the style sheet shows the chosen one.

    Args:
        snapshot: shown. `triaged`: its entries. `added`: by people.
    """
    shown = handovers(snapshot, triaged, added, [hours * HOUR for hours in SHIFTS])
    each = dict(zip(SHIFTS, shown, strict=True))
    standing = handover_text.remains(each[SHIFTS[0]], snapshot)
    choices, texts = [], []
    for hours, shift in each.items():
        checked = " checked" if hours == SHIFTS[0] else ""
        choice = f'<input type="radio" name="gs-shift" class="h{hours}" value="{hours}"{checked}>'
        choices.append(f"<label>{choice} last {hours} h</label>")
        written = handover_text.written(shift, snapshot, standing)
        texts.append(f'<pre class="h{hours}" tabindex="0">{escape(written)}</pre>')
    button = '<button type="button" data-act="text">Copy as text</button>'
    return (
        '<details class="gs-minor gs-shift" data-key="shift"><summary><b>Shift handover</b>'
        "<span>what opened, closed, remains, and what to watch</span></summary>"
        f'<div class="in"><div class="pick">{"".join(choices)}{button}</div>{"".join(texts)}</div></details>'
    )
