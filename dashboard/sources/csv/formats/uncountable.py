"""Outputs of load test tools without requests: each is rejected, with the option for the right output."""

import re
from typing import Final

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.layout import Layout


def _refused(name: str, title: str, first_line: str, refusal: str) -> Format:
    return Format(name, title, first_line=re.compile(first_line), layout=Layout(()), refusal=refusal)


UNCOUNTABLE: Final = (
    _refused(
        "jmeter-xml",
        "XML",
        r"<\?xml |<testResults ",
        "JMeter writes CSV with -Jjmeter.save.saveservice.output_format=csv",
    ),
    _refused("k6-json", "k6's JSON", r'\{"(?:type|metric)":.*"(?:Metric|Point)"', "k6 writes CSV with --out csv=FILE"),
    _refused("vegeta-json", "vegeta's JSON", r'\{"attack":', "convert it: vegeta encode --to csv"),
    _refused(
        "vegeta-report",
        "vegeta's report",
        r"Requests +\[total, rate",
        "it has neither times nor requests: write those with vegeta encode --to csv",
    ),
    _refused("hey-summary", "hey's summary", r"Summary:\s*$", "it has no requests: hey writes them with -o csv"),
)
