"""A CSV that is read at once: two services by the minute for two hours, one of them with failures."""

from pathlib import Path

from dashboard.timerange import HOUR

END = 1_760_000_400
END_TEXT = "2025-10-09T09:00:00Z"
LATER_TEXT = "2025-10-09T10:00:00Z"


def write_small_csv(folder: Path, *, failing: float = 0.01) -> str:
    """Write it into a folder and return its path.

    Args:
        failing: share of the requests of `cart` that fail; none of `shop` does.
    """
    lines = ["time,service,requests,errors,p50,p95,p99,memory"]
    for end in range(END - 2 * HOUR + 60, END + 1, 60):
        lines += [f"{end},shop,600,0,0.04,0.11,0.17,0.41", f"{end},cart,600,{600 * failing:g},0.04,0.11,0.17,0.62"]
    path = folder / "small.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
