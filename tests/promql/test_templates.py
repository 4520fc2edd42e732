"""Templates of Sloth and Grafana are filled in where a range is, and nowhere else."""

import pytest

from dashboard.promql import fill_templates


def test_only_templates_of_a_query_are_replaced() -> None:
    assert fill_templates("avg(avg_over_time(x[{{.window}}]))", "1m") == "avg(avg_over_time(x[1m]))"
    assert fill_templates('sum(x) default 0 + y{a="$z"}') == 'sum(x) default 0 + y{a="$z"}'
    with pytest.raises(
        ValueError, match=r"^a template can only stand for a range, as in x\[\{\{\.window\}\}\]: `x > \$limit`$"
    ):
        fill_templates("x > $limit")
