"""A change is found at the services that it concerns, and a way back is seen."""

from typing import Any

import pytest

from dashboard.changes.change import Kind
from dashboard.changes.matching import services_of, with_rollbacks
from tests.state import samples
from tests.state.samples import NOW

NAMES = {"checkout": "eu/checkout", "eu/checkout": "eu/checkout", "checkout-api": "eu/checkout", "basket": "basket"}


@pytest.mark.parametrize(
    ("fields", "services"),
    [
        ({"service": "Checkout"}, ("eu/checkout",)),
        ({"service": "checkout-api", "tags": ("basket",)}, ("eu/checkout",)),
        ({"service": "unheard of", "tags": ("basket",)}, ()),
        ({"tags": ("deploy", "basket", "checkout", "Basket")}, ("basket", "eu/checkout")),
        ({"tags": ("service:basket", "checkout")}, ("basket",)),
        ({"text": "Deployed checkout"}, ()),
    ],
)
def test_a_change_concerns_the_services_that_its_sender_names(
    fields: dict[str, Any], services: tuple[str, ...]
) -> None:
    assert services_of(samples.change(**fields), NAMES) == services


def test_a_version_that_was_replaced_before_is_a_rollback() -> None:
    def deploy(number: int, version: str, **fields: Any) -> Any:
        return samples.change(f"{number}", start=NOW + number, version=version, **{"service": "checkout", **fields})

    changes = [
        deploy(0, "41"),
        deploy(1, "42"),
        deploy(2, "42"),
        deploy(3, "41"),
        deploy(4, "43"),
        deploy(5, "42", kind=Kind.FLAG),
        deploy(6, "41", environment="test"),
        deploy(7, "41", service="basket"),
        deploy(8, "", service="checkout"),
        deploy(9, "42"),
    ]
    recognised = with_rollbacks(reversed(changes))
    assert [change.key for change in recognised] == [change.key for change in changes]
    assert [int(change.key) for change in recognised if change.kind is Kind.ROLLBACK] == [3, 9]
