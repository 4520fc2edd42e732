"""What is tried of an objective: what the address holds, and the widgets that change it."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import buckets
from dashboard.slo.objective import Slo
from dashboard.ui import address_bar
from dashboard.ui.text import units, what_if_text
from dashboard.whatif.candidate import OWN, POLICIES, USUAL, WINDOWS, Candidate, has_objectives
from dashboard.whatif.past import Past

# In the address: the card is open. Parameters of what is tried, which leave with it.
OPEN = "whatif"
TRIED = ("objective", "threshold", "window", "policy")
LABELS = {"objective": "Objective", "threshold": "Answered within", "window": "Window", "policy": "Alerts"}


def is_open() -> bool:
    """Somebody wants to try."""
    return any(name in st.query_params for name in (OPEN, *TRIED))


def chosen(slo: Slo, past: Past | None) -> tuple[Candidate, str | None]:
    """Draw the widgets; what is tried, and a sentence about what of the address cannot be.

    Args:
        slo: as it is. `past`: with its latency thresholds; None: it is still being read.
    """
    limits = [_number(limit) for limit in sorted(past.others)] if past is not None else []
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
        slo: as it is. `objective`, `window`, `policy`: that are chosen. `threshold`: empty where there is none.
    """
    share, limit = float(objective), float(threshold[0]) if threshold else None
    same = limit is None or (slo.limit is not None and buckets.same_bound(limit, slo.limit))
    return Candidate(
        None if share == slo.objective else share,
        None if same else limit,
        None if window == slo.window.duration else window,
        None if policy == OWN else policy,
    )


def _slider(place: DeltaGenerator, name: str, options: Sequence[str], usual: str, problems: list[str]) -> str:
    """A slider over numbers.

    Args:
        place: is drawn into. `name`: of the parameter. `options`: in order. `usual`: as it is.
        problems: what of the address cannot be is added.
    """
    value, problem = address_bar.choice(name, options, usual)
    problems += [problem] if problem else []
    write = units.objective if name == "objective" else units.latency
    place.select_slider(
        LABELS[name], options, format_func=lambda text: write(float(text)), key=name, disabled=len(options) < 2,
        on_change=address_bar.write, args=(name, usual),
    )  # fmt: skip
    return value


def _box(place: DeltaGenerator, name: str, options: Sequence[str], slo: Slo, problems: list[str]) -> str:
    """A choice of names, the first as it is.

    Args:
        place: is drawn into. `name`: of the parameter. `options`: names. `slo`: as it is.
        problems: what of the address cannot be is added.
    """
    value, problem = address_bar.choice(name, options, options[0])
    problems += [problem] if problem else []
    place.selectbox(
        LABELS[name], options, format_func=lambda text: what_if_text.option(name, text, slo), key=name,
        on_change=address_bar.write, args=(name, options[0]),
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
