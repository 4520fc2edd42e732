"""`golden-signals gate`: the exit code is the answer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.engine.gate import keeping_exceptions
from dashboard.gate.policy import PolicyException
from dashboard.state.opening import open_store
from dashboard.state.spec import StateSpec

# A row every five minutes over 26 hours, at a moment of the past: the command is asked as of then.
END = datetime(2026, 11, 20, 12, tzinfo=UTC)


def rows(errors: int, *, until: timedelta = timedelta(0)) -> str:
    """A file in which so many of 1000 requests in each of them fail until an hour before `END`, and none after that."""
    lines = ["time,service,requests,errors"]
    for minute in range(26 * 60, int(until.total_seconds() // 60) - 1, -5):
        failed = errors if minute > 60 else 0
        at = (END - timedelta(minutes=minute)).isoformat()
        lines += [f"{at},shop,1000,{failed}", f"{at},cart,1000,0"]
    return "\n".join(lines) + "\n"


def gate(tmp_path: Path, text: str, *arguments: str, policy: str = "") -> int:
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    config = tmp_path / "golden.toml"
    config.write_text(f'[source]\nkind = "csv"\npaths = ["{tmp_path / "rows.csv"}"]\n{policy}', encoding="utf-8")
    return main(["gate", "--config", str(config), *arguments])


AT = ("--at", END.isoformat())


def test_go_is_0_hold_is_1_and_a_fix_goes_on_a_budget_that_does_not_burn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = rows(2)
    assert gate(tmp_path, text, *AT, "--service", "cart") == 0
    assert capsys.readouterr().out.startswith("Go for a feature: cart-availability of cart: 100 % of its error budget")
    assert gate(tmp_path, text, *AT, "--service", "shop") == 1
    said = capsys.readouterr().out.splitlines()
    assert (
        said[0] == "Hold for a feature: shop-availability of shop: its error budget is used up, but does not burn now."
    )
    assert said[1].startswith("It turns about ")
    assert said[3].split() == ["SERVICE", "SLO", "ANSWER", "LEFT", "POLICY", "WHY"]
    assert said[4].split()[:3] == ["shop", "shop-availability", "hold"]
    assert gate(tmp_path, text, *AT, "--reason", "fix") == 0
    assert gate(tmp_path, text, *AT, "--service", "cart", "--service", "shop") == 1
    assert gate(tmp_path, text, *AT, "--slo", "cart-availability") == 0


def test_the_json_is_that_of_the_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(tmp_path, rows(2), *AT, "--service", "shop", "--format", "json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["rule"], answer["turns_by"]) == ("hold", "exhausted_but_quiet", "recovers")
    assert answer["at"] == "2026-11-20T12:00:00Z"


def test_without_data_of_now_it_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The file ends long before now.
    assert gate(tmp_path, rows(0)) == 3
    captured = capsys.readouterr()
    assert "nothing is known of it now: its data have ended" in captured.out
    assert gate(tmp_path, rows(0, until=timedelta(minutes=30)), *AT) == 3
    capsys.readouterr()
    assert gate(tmp_path, rows(0), "--at", "2020-01-01T00:00:00Z", "--format", "json") == 3
    assert json.loads(capsys.readouterr().out)["verdict"] == "unknown"


def test_a_source_that_does_not_answer_is_3_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["gate", "--prometheus", "http://127.0.0.1:9", "--service", "shop"]
    assert main([*arguments, "--format", "json"]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["rule"], answer["objectives"]) == ("unknown", "no_data", [])
    text = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    assert list(answer) == list(json.loads(text.partition("```json\n")[2].partition("```")[0]))
    assert "127.0.0.1:9" in answer["why"]
    assert main(arguments) == 3
    assert capsys.readouterr().out.startswith("Unknown for a feature: ")


def test_an_exception_counts_until_its_last_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exception = '[[policy.exceptions]]\nwho = "Ada"\nwhy = "a try"\nuntil = 2026-11-20T12:00:01Z\n'
    assert gate(tmp_path, rows(2), *AT, "--service", "shop", policy=exception) == 0
    assert "; Ada lets releases go until 20 Nov 12:00 UTC: a try." in capsys.readouterr().out
    over = ("--at", (END + timedelta(seconds=1)).isoformat())
    assert gate(tmp_path, rows(2), *over, "--service", "shop", policy=exception) == 1


def test_an_exception_of_the_state_counts_for_who_names_that_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = ("--state", str(tmp_path / "state"))
    assert gate(tmp_path, rows(2), *AT, "--service", "shop", *state) == 1
    assert not (tmp_path / "state").exists(), "a gate makes no state"
    store = open_store(StateSpec(state[1]))
    exception = PolicyException("Ada", "a try", END.timestamp() + 60, services=("shop",))
    keeping_exceptions.add(store, exception, END.timestamp() - 60)
    store.close()
    capsys.readouterr()
    assert gate(tmp_path, rows(2), *AT, "--service", "shop", *state) == 0
    assert "; Ada (name as given) lets releases go until 20 Nov 12:01 UTC: a try." in capsys.readouterr().out
    # What cannot be read lets nothing go.
    (tmp_path / "state" / "state.db").write_bytes(b"none" * 1000)
    assert gate(tmp_path, rows(2), *AT, "--service", "shop", *state) == 1
    assert "exceptions that people added are not known: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--service", "shpo"], "--service shpo: {where} has no such service; did you mean shop?"),
        (
            ["--slo", "shop"],
            "--slo shop: {where} has no such objective; known are cart-availability, shop-availability",
        ),
        (["--service", ""], "--service '': {where} has no such service; known are cart, shop"),
        # A limit that nobody watches would be believed to be kept.
        (["--limit", "error_ratio<=2%"], "--limit is for a watch: add --watch DURATION, such as 30m"),
        (["--no-compare"], "--no-compare is for a watch: add --watch DURATION, such as 30m"),
        (["--watch", "1m", "--at", "2026-11-20"], "--at and --watch exclude each other: a watch begins now"),
        (["--at", "yesterday"], "--at: 'yesterday' is no time"),
    ],
)
def test_wrong_use_is_2_and_one_line(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(tmp_path, rows(0), *arguments) == 2
    line = capsys.readouterr().err
    assert said.format(where=tmp_path / "rows.csv") in line
    assert line.count("\n") == 1


def test_a_policy_that_makes_no_sense_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(tmp_path, rows(0), policy="[policy]\ncarefull = 1\n") == 2
    assert "golden.toml:5: policy.carefull: unknown key; did you mean careful?" in capsys.readouterr().err
