"""How the newest tests of a service's signals came out, computed once a minute for all viewers."""

from dashboard.anomaly.newest_tests import NewestTest, newest_tests
from dashboard.ui.panels.service_charts import Shown
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_test_text

# The detectors cost milliseconds, and the rows that they test are the same until the next minute.
_tests = SharedCache[tuple[NewestTest, ...]]()


def lines(part: Shown) -> list[str]:
    """A sentence for each signal: what was tested, how probable it was, and what that means."""
    service = part.report.name
    tests = _tests.of(
        service,
        (part.detection_history, part.detectors),
        lambda: newest_tests(part.detection_history, part.detectors, service),
    )
    if not tests:
        return ["What is unusual is told once the past was studied."]
    return [anomaly_test_text.sentence(test) for test in tests]
