"""notify --test sends one message to each receiver, and says of each whether it arrived; check sends nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from dashboard.cli import main
from dashboard.engine import running_poller
from tests.commands.small_csv import write_small_csv
from tests.notifications.hook_server import Answer, HookServer, hook_server
from tests.notifications.samples import SECRET


@pytest.fixture(scope="module")
def server() -> Iterator[HookServer]:
    with hook_server() as running:
        yield running


def config(folder: Path, url: str, more: str = "") -> str:
    """A configuration with a webhook and a message to one address, whose path is a secret."""
    (folder / "secret").write_text(f"whsec_{SECRET}", encoding="utf-8")
    (folder / "url").write_text(url.replace("http://", "json://") + "/hunter2hunter2", encoding="utf-8")
    webhook = f'[[webhooks]]\nname = "automation"\nurl = "{url}/hunter2hunter2"\nsecret_file = "secret"\n'
    file = folder / "golden.toml"
    csv = f'[source]\nkind = "csv"\npaths = ["{write_small_csv(folder)}"]\n'
    file.write_text(f'{csv}{webhook}{more}[[notify]]\nname = "people"\nurl_file = "url"\n', encoding="utf-8")
    return str(file)


def test_each_receiver_gets_a_test_message_and_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: HookServer
) -> None:
    file = config(tmp_path, server.url)
    server.received.clear()
    assert main(["notify", "--test", "--config", file]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "golden-signals: automation: the test message was sent",
        "golden-signals: people: the test message was sent",
    ]
    hook, people = sorted(server.received, key=lambda received: "webhook-id" not in received.headers)
    assert Webhook(f"whsec_{SECRET}").verify(hook.body, dict(hook.headers))["type"] == "test"
    assert json.loads(people.body)["title"] == "Test: golden-signals"


def test_one_that_does_not_take_it_is_named_without_its_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: HookServer
) -> None:
    server.answers = [Answer(403), Answer(403)]
    assert main(["notify", "--test", "--config", config(tmp_path, server.url)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first == "golden-signals: automation: not sent: answered 403"
    assert second.startswith("golden-signals: people: not sent: ")
    assert "hunter2" not in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["notify"],
            "notify sends test messages: write --test; real notifications are sent while the dashboard is served",
        ),
        (
            ["notify", "--test"],
            "the configuration: nobody is notified of incidents: add [[webhooks]] or [[notify]], or",
        ),
        (["notify", "--test", "--config", "none.toml"], "none.toml: there is no such file"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    written = capsys.readouterr().err
    assert written.startswith(f"golden-signals: {said}")
    assert written.count("\n") == 1


def test_check_looks_at_receivers_and_sends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: HookServer
) -> None:
    server.received.clear()
    services = 'services = ["shop", "chekout"]\n'
    assert main(["check", "--config", config(tmp_path, server.url, services)]) == 0
    said = capsys.readouterr().out
    assert "note: automation: the source knows no service 'chekout'" in said
    assert "note: base_url is not set: messages have no links to the pages" in said
    assert "'shop'" not in said
    assert said.splitlines()[-1].endswith(" SLOs, 2 receivers")
    (tmp_path / "url").write_text("slack://hunter2hunter2", encoding="utf-8")
    file = tmp_path / "golden.toml"
    assert main(["check", "--config", str(file)]) == 2
    assert "golden-signals: people: Apprise does not understand its address" in capsys.readouterr().err
    assert server.received == []


def test_nothing_is_served_with_a_receiver_that_can_never_be_reached(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: HookServer
) -> None:
    file = config(tmp_path, server.url)
    (tmp_path / "url").write_text("slack://hunter2hunter2", encoding="utf-8")
    assert main(["serve", "--config", file, "--state", str(tmp_path / "state"), "--port", "1"]) == 2
    running_poller.use(None)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == ("golden-signals: people: Apprise does not understand its address: see its documentation\n")
