"""Links to other tools, and the ones that lead back from them."""

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from dashboard.ui.text import address, links

DOCUMENT = (Path(__file__).parents[3] / "docs" / "triage.md").read_text(encoding="utf-8")
NOW = 1_760_000_000.0


def block(kind: str, holds: str) -> str:
    return next(text for text in re.findall(rf"```{kind}\n(.*?)```", DOCUMENT, re.S) if holds in text)


def test_a_link_has_the_service_and_the_time_and_leads_to_the_web() -> None:
    (service,) = tomllib.loads(block("toml", "grafana"))["services"]
    filled = links.filled({**service["links"], "odd": "javascript:alert(1)"}, "a&b", NOW - 3600, NOW)
    assert list(filled) == ["runbook", "logs", "grafana"]
    asked = parse_qs(urlsplit(filled["grafana"]).query)
    assert asked == {"var-service": ["a&b"], "from": ["1759996400000"], "to": ["1760000000000"]}


def test_a_link_of_a_grafana_dashboard_opens_the_service_at_that_time() -> None:
    (link,) = json.loads(block("json", "Golden signals"))["links"]
    # As Grafana fills it: a range in epoch milliseconds.
    url = link["url"]
    for variable, value in (("service", "checkout"), ("__from", "1759990000000"), ("__to", "1759995000000")):
        url = url.replace(f"${{{variable}}}", value)
    assert "$" not in url
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    shown = address.between(asked["from"], asked["to"], now=NOW)
    assert (urlsplit(url).path, asked["service"]) == ("/service", "checkout")
    assert (shown.span, shown.end, shown.problem) == (5000, 1_759_995_000.0, None)
