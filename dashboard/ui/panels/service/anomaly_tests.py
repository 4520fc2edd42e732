"""The results of the newest anomaly tests of a service, computed once a minute for all viewers."""

from dashboard.anomaly.newest_tests import NewestTest, newest_tests
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import anomaly_test_text

# The detectors take milliseconds, and their input does not change until the next minute.
_tests = SharedCache[tuple[NewestTest, ...]]()


def lines(view: ServiceView) -> list[str]:
    """A sentence for each signal: what was tested, how probable it was, and what that means."""
    service, history, detectors = view.report.name, view.detection_history, view.detectors
    tests = _tests.of(service, (history, detectors), lambda: newest_tests(history, detectors, service))
    if not tests:
        return [anomaly_test_text.UNSTUDIED]
    return [anomaly_test_text.sentence(test) for test in tests]
