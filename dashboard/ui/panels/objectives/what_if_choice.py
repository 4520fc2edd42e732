"""What is tried of an objective: what the address holds, and the widgets that change it."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import buckets
from dashboard.slo.objective import Slo
from dashboard.ui import address_bar
from dashboard.ui.text import address, units, what_if_text
from dashboard.whatif.candidate import OWN, POLICIES, USUAL, WINDOWS, Candidate, has_objectives

# In the address: the card is open. Parameters of what is tried, which leave with it.
OPEN = "whatif"
TRIED = ("objective", "threshold", "window", "policy")
LABELS = {"objective": "Objective", "threshold": "Answered within", "window": "Window", "policy": "Alerts"}


def is_open() -> bool:
    """Somebody wants to try."""
    return any(name in st.query_params for name in (OPEN, *TRIED))


def chosen(slo: Slo, bounds: Sequence[float]) -> tuple[Candidate, str | None]:
    """Draw the widgets; what is tried, and a sentence about what of the address cannot be.

    Args:
        slo: as it is. `bounds`: latency thresholds that can be tried, seconds; empty without any. They are as many
            while the past is read as afterwards: a widget that moves begins anew in the browser, with its first option.
    """
    limits = [_number(limit) for limit in bounds]
    problems: list[str] = []
    widgets: list[Callable[[DeltaGenerator], str]] = [
        lambda place: _slider(place, "objective", objectives(slo), _number(slo.objective), problems),
        *([lambda place: _slider(place, "threshold", limits, _number(slo.limit or 0.0), problems)] if limits else []),
        lambda place: _box(place, "window", [*dict.fromkeys((slo.window.duration, *WINDOWS))], slo, problems),
        lambda place: _box(place, "policy", [OWN, *POLICIES], slo, problems),
    ]
    with st.container(key="what_if_choice"):
        places = st.columns(len(widgets), gap="medium")
        values = [widget(place) for widget, place in zip(widgets, places, strict=True)]
    objective, *threshold, window, policy = values
    return _candidate(slo, objective, threshold, window, policy), problems[0] if problems else None


def objectives(slo: Slo) -> list[str]:
    """The usual objectives with the one that holds, the loosest first; that alone where no other can be tried."""
    if not has_objectives(slo):
        return [_number(slo.objective)]
    return [_number(share) for share in sorted({*USUAL, slo.objective})]


def _number(value: float) -> str:
    return f"{value:.12g}"


def _candidate(slo: Slo, objective: str, threshold: Sequence[str], window: str, policy: str) -> Candidate:
    """What is tried, without what stays as it is.

    Args:
        slo: as it is. `objective`, `window`, `policy`: that are chosen. `threshold`: empty if there is none.
    """
    share, limit = float(objective), float(threshold[0]) if threshold else None
    same = limit is None or (slo.limit is not None and buckets.same_bound(limit, slo.limit))
    return Candidate(
        None if share == slo.objective else share,
        None if same else limit,
        None if window == slo.window.duration else window,
        None if policy == OWN else policy,
    )


def _held(name: str, options: Sequence[str], usual: str, problems: list[str]) -> tuple[str, str | None]:
    """What the address holds, put into the widget of that key; and what the widget begins with where it is not sent.

    Args:
        name: of the parameter. `options`: those there are. `usual`: as it is.
        problems: what of the address cannot be is added.
    """
    wanted = st.query_params.get(name, usual)
    value = wanted if wanted in options else usual
    problems += [] if wanted in options else [f"{address.said(name, wanted)}: it may be {', '.join(options)}"]
    # A browser that draws a widget for the first time by a message without its value takes what it begins with, and
    # answers that: it would be the first option.
    return value, None if address_bar.hold(name, value) else value


def _slider(place: DeltaGenerator, name: str, options: Sequence[str], usual: str, problems: list[str]) -> str:
    """A slider over numbers.

    Args:
        place: is drawn into. `name`: of the parameter. `options`: in order. `usual`: as it is.
        problems: what of the address cannot be is added.
    """
    write = units.objective if name == "objective" else units.latency
    if len(options) < 2:
        # A slider has two ends.
        place.selectbox(LABELS[name], options, format_func=lambda text: write(float(text)), disabled=True)
        return usual
    value, begin = _held(name, options, usual, problems)
    place.select_slider(
        LABELS[name], options, begin, format_func=lambda text: write(float(text)), key=name,
        on_change=address_bar.write, args=(name, usual),
    )  # fmt: skip
    return value


def _box(place: DeltaGenerator, name: str, options: Sequence[str], slo: Slo, problems: list[str]) -> str:
    """A choice of names, the first as it is.

    Args:
        place: is drawn into. `name`: of the parameter. `options`: names. `slo`: as it is.
        problems: what of the address cannot be is added.
    """
    value, begin = _held(name, options, options[0], problems)
    place.selectbox(
        LABELS[name], options, options.index(begin) if begin is not None else 0, key=name,
        format_func=lambda text: what_if_text.option(name, text, slo), on_change=address_bar.write,
        args=(name, options[0]),
    )  # fmt: skip
    return value


def parameters(slo: Slo, candidate: Candidate) -> str:
    """The objective and what is tried of it, as parameters of an address."""
    values = {
        "objective": candidate.objective,
        "threshold": candidate.limit,
        "window": candidate.window,
        "policy": candidate.policy,
    }
    tried = "".join(
        f"&{name}={_number(value) if isinstance(value, float) else value}"
        for name, value in values.items()
        if value is not None
    )
    return f"slo={quote(slo.name, safe='')}{tried}"
