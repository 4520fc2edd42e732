"""The suspects of an incident, with the evidence for and against each, as a card."""

from collections.abc import Mapping, Sequence
from html import escape

from dashboard.oncall.suspect import Grade, Suspect
from dashboard.ui.text import moments
from dashboard.ui.text.incidents import suspect_text

# Maximum number of listed suspects, those ruled out last.
MOST = 8
NONE = (
    "No change of these services is known in the six hours before, and nothing else was seen that may have caused it. "
    "Senders tell of changes at /api/annotations; versions are read from labels of requests."
)


def considered(suspects: Sequence[Suspect], titles: Mapping[str, str], zone: str) -> str:
    """The card as HTML.

    Args:
        suspects: most likely first. `titles`: names of services on pages. `zone`: the time zone of the page.
    """
    if not suspects:
        body = f'<p class="gs-foot">{NONE}</p>'
    else:
        body = "".join(_suspect(suspect, titles, zone) for suspect in suspects[:MOST])
    more = len(suspects) - MOST
    rest = f'<p class="gs-foot">and {more} more, less likely</p>' if more > 0 else ""
    return (
        '<div class="gs-card gs-suspects"><div class="gs-cardhead"><h2>Causes considered</h2>'
        f'<span class="m end">changes and signals before and meanwhile</span></div>{body}{rest}</div>'
    )


def _suspect(suspect: Suspect, titles: Mapping[str, str], zone: str) -> str:
    when = "" if suspect.at is None else f", {moments.clock_time(suspect.at, zone)}"
    likely = ' class="likely"' if suspect.grade is Grade.MOST_LIKELY else ""
    sides = "".join(
        f"<dt>{side}</dt><dd>{escape(suspect_text.listed(pieces, titles))}</dd>"
        for side, pieces in (("for", suspect.pro), ("against", suspect.contra))
    )
    title = f"{escape(suspect_text.name(suspect, titles))}{when}<em{likely}>{suspect.grade}</em>"
    return f'<div class="suspect"><h3>{title}</h3><dl>{sides}</dl></div>'
