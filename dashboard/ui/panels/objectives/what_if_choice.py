"""The alternative to try for an objective: the parameters of the address, and the widgets that change them."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import buckets
from dashboard.slo.objective import Slo
from dashboard.ui import address_bar
from dashboard.ui.text import address, units, what_if_text
from dashboard.whatif.candidate import OWN, POLICIES, USUAL, WINDOWS, Candidate, has_objectives

# Parameter of the open card; parameters of the alternative, which are removed with it.
OPEN = "whatif"
TRIED = ("objective", "threshold", "window", "policy")
LABELS = {"objective": "Objective", "threshold": "Answered within", "window": "Window", "policy": "Alerts"}


def is_open() -> bool:
    """Whether the card is open."""
    return any(name in st.query_params for name in (OPEN, *TRIED))


def chosen(slo: Slo, bounds: Sequence[float]) -> tuple[Candidate, str | None]:
    """Draw the widgets; returns the alternative, and a sentence about invalid parameters.

    Args:
        slo: as it is. `bounds`: latency thresholds to choose from, in seconds; empty without any. Their number is
            the same while the past is being read: a widget that moves is reset by the browser to its first option.
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
    """Common objectives and the current one, loosest first; only the current one if no other can be tried."""
    if not has_objectives(slo):
        return [_number(slo.objective)]
    return [_number(share) for share in sorted({*USUAL, slo.objective})]


def _number(value: float) -> str:
    return f"{value:.12g}"


def _candidate(slo: Slo, objective: str, threshold: Sequence[str], window: str, policy: str) -> Candidate:
    """The alternative, without values that equal the current ones.

    Args:
        slo: as it is. `objective`, `window`, `policy`: chosen values. `threshold`: empty if there is none.
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
    """The value in the address, put into the widget with that key; and the initial value of the widget, if needed.

    Args:
        name: of the parameter. `options`: allowed values. `usual`: the current one.
        problems: sentences about invalid parameters are added.
    """
    wanted = st.query_params.get(name, usual)
    value = wanted if wanted in options else usual
    problems += [] if wanted in options else [f"{address.said(name, wanted)}: it may be {', '.join(options)}"]
    # A browser that draws a widget for the first time without a value would take the first
    # option, and send it back.
    return value, None if address_bar.hold(name, value) else value


def _slider(place: DeltaGenerator, name: str, options: Sequence[str], usual: str, problems: list[str]) -> str:
    """A slider over numbers.

    Args:
        place: to draw into. `name`: of the parameter. `options`: in order. `usual`: the current one.
        problems: sentences about invalid parameters are added.
    """
    write = units.objective if name == "objective" else units.latency
    if len(options) < 2:
        # A slider needs two ends.
        place.selectbox(LABELS[name], options, format_func=lambda text: write(float(text)), disabled=True)
        return usual
    value, begin = _held(name, options, usual, problems)
    place.select_slider(
        LABELS[name], options, begin, format_func=lambda text: write(float(text)), key=name,
        on_change=address_bar.write, args=(name, usual),
    )  # fmt: skip
    return value


def _box(place: DeltaGenerator, name: str, options: Sequence[str], slo: Slo, problems: list[str]) -> str:
    """A select box; the first option keeps the current value.

    Args:
        place: to draw into. `name`: of the parameter. `options`: names. `slo`: as it is.
        problems: sentences about invalid parameters are added.
    """
    value, begin = _held(name, options, options[0], problems)
    place.selectbox(
        LABELS[name], options, options.index(begin) if begin is not None else 0, key=name,
        format_func=lambda text: what_if_text.option(name, text, slo), on_change=address_bar.write,
        args=(name, options[0]),
    )  # fmt: skip
    return value


def parameters(slo: Slo, candidate: Candidate) -> str:
    """The objective and the alternative as parameters of an address."""
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
