"""A name that several clusters have is none of one service."""

import pytest

from dashboard.commands.unknown_names import no_such_name
from dashboard.engine.gate.judged_once import UnknownName


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("shop", ("eu/shop", "us/shop", "eu/cart", "cart"), "has it 2 times: write eu/shop or us/shop"),
        (
            "shop",
            tuple(f"{n}/shop" for n in range(6)),
            "has it 6 times: write 0/shop, 1/shop, 2/shop, 3/shop, 4/shop or another one",
        ),
        ("shpo", ("shop", "cart"), "has no such service; did you mean shop?"),
        ("", ("eu/", "us/"), "has no such service; known are eu/, us/"),
    ],
)  # fmt: skip
def test_it_is_said_which_ones_may_be_meant(name: str, known: tuple[str, ...], said: str) -> None:
    problem = no_such_name(UnknownName("service", name, known), "memory")
    assert str(problem) == f"--service {name or repr('')}: memory {said}"
