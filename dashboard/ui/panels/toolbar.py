"""The actions on every page: search, pause, copy the link, change the time zone, and their keys."""

from html import escape

from dashboard.ui import zones

# Icons of 24 × 24, which the style sheet draws as masks.
ACTS = (
    ("search", "Search for a service", "/"),
    ("copy", "Copy the link to this page", "l"),
    ("help", "Keys", "?"),
)


def toolbar(configured: str, browser: str, wanted: str, *, paused: bool) -> str:
    """The bar as HTML; the script of all pages acts on it.

    Args:
        configured: the time zone of the dashboard. `browser`: that of the viewer's browser; empty if unknown.
        wanted: the zone in the URL.
        paused: the page is not refreshed.
    """
    search, copy, keys = (_button(act, title, key) for act, title, key in ACTS)
    word = "Resume" if paused else "Pause"
    pause = _button("pause", f"{word} the refresh", "p", state=" on" if paused else "")
    return f'<div class="gs-tools">{search}{pause}{_zones(configured, browser, wanted)}{copy}{keys}</div>'


def _button(act: str, title: str, key: str, *, state: str = "") -> str:
    return (
        f'<button type="button" class="gs-tool {act}{state}" data-act="{act}" title="{title} ({key})" '
        f'aria-label="{title}" aria-keyshortcuts="{key}"><i></i></button>'
    )


def _zones(configured: str, browser: str, wanted: str) -> str:
    """The choice of the time zone: the configured one, UTC, the browser's."""
    options = [("", configured)]
    options += [(zones.UTC, "UTC")] if configured != "UTC" else []
    options += [(zones.BROWSER, f"{browser} (browser)" if browser else "Browser")]
    lines = "".join(
        f'<option value="{value}"{" selected" if value == wanted else ""}>{escape(name)}</option>'
        for value, name in options
    )
    return f'<select class="gs-tool zone" data-act="zone" aria-label="Time zone" title="Time zone">{lines}</select>'
