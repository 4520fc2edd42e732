"""An objective as OpenSLO, unchanged or with another target, latency threshold, window or policy, for `/api/v1/slo`."""

from collections.abc import Mapping

from starlette.responses import Response

from dashboard import buckets
from dashboard.engine.snapshot import Snapshot
from dashboard.openslo.openslo_writer import write_slos
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.ui.text import address
from dashboard.web import csv_text
from dashboard.web.api_query import Refusal
from dashboard.whatif.candidate import Candidate


def response(snapshot: Snapshot, report: SloReport, asked: Mapping[str, str]) -> Response:
    """The response with the file.

    Args:
        snapshot: the newest one. `report`: of the objective.
        asked: parameters and their values; `objective`, `threshold`, `window` and `policy` override the objective's.

    Raises:
        Refusal: a value is invalid, or OpenSLO cannot express the objective.
    """
    limit = _number(asked, "threshold")
    candidate = Candidate(_number(asked, "objective"), limit, asked.get("window"), asked.get("policy"))
    try:
        changed = candidate.applied(report.slo)
        if limit is not None:
            _check_bound(snapshot, changed, limit)
        text = write_slos([changed])
    except ValueError as error:
        raise Refusal(400, str(error)) from None
    name = csv_text.file_name(report.slo.name, "openslo", report.at).removesuffix(".csv")
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


def _number(asked: Mapping[str, str], name: str) -> float | None:
    """A number from the parameters; None if it is missing.

    Raises:
        Refusal: it is not a number, or is invalid.
    """
    text = asked.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < (1 if name == "objective" else 86_400):
        what = "a share between 0 and 1, such as 0.999" if name == "objective" else "seconds, such as 0.3"
        raise Refusal(400, f"{name} is {address.shortened(text)}: write {what}")
    return value


def _check_bound(snapshot: Snapshot, slo: Slo, limit: float) -> None:
    """Check that a bucket of the service ends at a latency.

    Raises:
        ValueError: none does; the message says which ones do.
    """
    service = snapshot.by_name.get(slo.service)
    bounds = () if service is None else service.info.bounds
    if not any(buckets.same_bound(bound, limit) for bound in bounds):
        possible = ", ".join(f"{bound:g}" for bound in sorted(bounds) if bound < float("inf")) or "none"
        raise ValueError(f"{limit:g} s is no bound of its latency buckets: possible are {possible} s")
