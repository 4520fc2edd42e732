"""Rows of totals among those of services are no service, and a service of that name stays one."""

from pathlib import Path

import pytest

from dashboard.sources.csv.total_rows import NOTE
from tests.sources.csv.csv_text import BEGIN, TIDY, WIDE, counts_of, row, source_of, stamp

STEPS = range(60, 1201, 60)


def wide(name: str, requests: int) -> str:
    services = (("shop", 600, 60), ("cart", 300, 0), (name, requests, 60))
    return WIDE + "".join(row(at, count, errors, service) for at in STEPS for service, count, errors in services)


@pytest.mark.parametrize("name", ["Total", "Grand Total", "(all)", "Summe", "Aggregated", "合计"])
def test_a_row_that_is_the_sum_of_the_others_is_no_service(tmp_path: Path, name: str) -> None:
    source = source_of(tmp_path / "data.csv", wide(name, 900))
    catalog = source.discover(BEGIN)
    assert [info.name for info in catalog.services] == ["cart", "shop"]
    assert catalog.notes == (NOTE.format(name=repr(name)),)
    assert set(counts_of(source).frame.columns.get_level_values(0)) == {"cart", "shop"}


def test_totals_of_rows_that_are_days_apart_are_none_either(tmp_path: Path) -> None:
    days = range(86_400, 864_001, 86_400)
    text = TIDY + "".join(
        f"{stamp(at)},{service},{signal},{count}\n"
        for at in days
        for service, requests, errors in (("shop", 600, 60), ("cart", 300, 0), ("Total", 900, 60))
        for signal, count in (("requests", requests), ("errors", errors))
    )
    catalog = source_of(tmp_path / "data.csv", text).discover(BEGIN + 864_000)
    assert [info.name for info in catalog.services] == ["cart", "shop"]


@pytest.mark.parametrize(("name", "requests"), [("total", 901), ("payments", 900)])
def test_a_service_with_requests_of_its_own_stays_one(tmp_path: Path, name: str, requests: int) -> None:
    catalog = source_of(tmp_path / "data.csv", wide(name, requests)).discover(BEGIN)
    assert [info.name for info in catalog.services] == sorted(["cart", "shop", name])


def test_a_service_alone_is_no_total(tmp_path: Path) -> None:
    text = WIDE + "".join(row(at, 600, 0, "total") for at in STEPS)
    assert [info.name for info in source_of(tmp_path / "data.csv", text).discover(BEGIN).services] == ["total"]
