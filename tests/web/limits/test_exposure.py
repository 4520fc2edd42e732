"""A dashboard that others can reach says that it has no login, and what to do."""

import pytest

from dashboard.web.limits.exposure import no_login


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "LOCALHOST", "gs.localhost"])
def test_where_only_this_machine_reaches_it_there_is_nothing_to_say(host: str) -> None:
    assert no_login(host) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "golden.example.org", "localhost.example.org"])
def test_where_others_reach_it_it_says_what_they_see_and_what_to_do(host: str) -> None:
    assert no_login(host) == (
        f"there is no login: everybody who reaches {host} sees everything. "
        "Put a reverse proxy with a login before it, and name the host that it is reached by in allowed_hosts"
    )


def test_everywhere_has_a_name() -> None:
    assert "everybody who reaches any address of this machine sees everything" in str(no_login(""))
