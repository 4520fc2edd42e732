"""What the tests run against: a part that is not installed is skipped on a desk, and fails in CI."""

import pytest

from tests.servers import binary


def test_a_missing_part_is_skipped_on_a_desk_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-server is not installed"):
        binary("no-such-server")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="in CI nothing is skipped"):
        binary("no-such-server")
