"""Colour tokens for dark and light; series never use the colours of states."""

from typing import Final

DARK: Final = {
    "page": "#0b0e14", "card": "#11151d", "raised": "#171d27", "border": "#212938", "strong": "#344055",
    "grid": "#1b222e", "track": "#1f2733", "text": "#e6eaf0", "second": "#a7b1bf", "third": "#8590a0",
    "blue": "#58a6ff", "area": "rgba(88,166,255,0.12)", "p99": "#b4d7ff", "p95": "#58a6ff", "p50": "#5486c6",
    "server": "#f08bb4", "slow": "#8f78d6", "client": "#566479", "first": "#58a6ff", "memory": "#d3dae4",
    "cpu": "#45b8a4", "ghost": "#7c8798", "crosshair": "#c4ccd8", "threshold": "#b6c0ce",
    "cone": "rgba(88,166,255,0.28)", "band": "rgba(148,163,184,0.17)", "unusual": "rgba(229,168,35,0.10)",
    "red": "#ff6b61", "amber": "#e5a823", "green": "#3fbf7f", "grey": "#98a3b3",
    "red_fill": "#ff6b61", "amber_fill": "#e5a823", "green_fill": "#3fbf7f", "grey_fill": "#98a3b3",
    "heat0": "#11151d", "heat1": "#162c4a", "heat2": "#205696", "heat3": "#4e9cf5", "heat4": "#cee6ff",
    "late0": "#11151d", "late1": "#34265e", "late2": "#6850b0", "late3": "#a086f0", "late4": "#e4d8ff",
}  # fmt: skip
LIGHT: Final = {
    "page": "#f5f6f8", "card": "#ffffff", "raised": "#eef1f5", "border": "#dde2e9", "strong": "#b9c2ce",
    "grid": "#edf0f4", "track": "#e6eaf0", "text": "#19202a", "second": "#465162", "third": "#5d6878",
    "blue": "#1b68cc", "area": "rgba(27,104,204,0.12)", "p99": "#0b3f8a", "p95": "#1b68cc", "p50": "#4f8bd3",
    "server": "#c23a76", "slow": "#8d7ad8", "client": "#8794a6", "first": "#1b68cc", "memory": "#3c4656",
    "cpu": "#0c7f6d", "ghost": "#8a95a5", "crosshair": "#3c4656", "threshold": "#4b5667",
    "cone": "rgba(27,104,204,0.24)", "band": "rgba(71,85,105,0.13)", "unusual": "rgba(214,146,0,0.12)",
    "red": "#bf2626", "amber": "#8a5a00", "green": "#0d7a50", "grey": "#5d6878",
    "red_fill": "#d13a34", "amber_fill": "#c27f00", "green_fill": "#1f9a68", "grey_fill": "#7d8898",
    "heat0": "#ffffff", "heat1": "#dbe9fa", "heat2": "#92bef0", "heat3": "#3476cc", "heat4": "#0a3476",
    "late0": "#ffffff", "late1": "#e8e1fa", "late2": "#bcaaec", "late3": "#7454c4", "late4": "#3e228c",
}  # fmt: skip


def css_variables() -> str:
    """The tokens as CSS custom properties `--gs-…`; the browser uses those of the active scheme."""
    pairs = ((name.replace("_", "-"), LIGHT[name], DARK[name]) for name in DARK)
    return "".join(f"--gs-{name}:light-dark({light},{dark});" for name, light, dark in pairs)
