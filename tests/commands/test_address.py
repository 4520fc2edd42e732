"""An address that cannot be listened on is one line that names it; one that can is free afterwards."""

import socket

import pytest

from dashboard.commands import address
from dashboard.exceptions import ConfigError


def free(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", ""])
def test_a_free_address_is_free_afterwards(host: str) -> None:
    port = free()
    address.check(host, port)
    address.check(host, port)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_an_address_with_colons_is_one_of_ipv6() -> None:
    address.check("::1", free("::1"))


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            address.check("127.0.0.1", port)
    assert str(caught.value) == (
        f"127.0.0.1:{port}: cannot be listened on: Address already in use: choose another --host or --port"
    )


@pytest.mark.parametrize(
    "host",
    ["999.1.1.1", "a" * 70, "ä" * 70, "a\0b", "two words", "192.0.2.1", "not::an::address"],
    ids=["numbers", "too long", "too long in IDNA", "a null", "words", "of others", "not of IPv6"],
)
def test_what_is_no_address_of_this_machine_is_one_line(host: str) -> None:
    """192.0.2.0/24 is for documentation: https://www.rfc-editor.org/rfc/rfc5737"""
    with pytest.raises(ConfigError) as caught:
        address.check(host, 8501)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{host}:8501: cannot be listened on: ")
    assert "\n" not in problem
    assert "None" not in problem


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("shop.example.org", "shop.example.org"),
        ("0.0.0.0", "localhost"),
        ("::", "localhost"),
        ("", "localhost"),
        ("::1", "[::1]"),
        ("fe80::1", "[fe80::1]"),
    ],
)
def test_a_host_in_a_url_is_one_that_can_be_opened(host: str, written: str) -> None:
    assert address.in_url(host) == written
