"""golden-signals COMMAND: one clear line and exit 2 for wrong use, never a traceback."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from dashboard import __version__
from dashboard.exceptions import DashboardError
from dashboard.redaction import redacted

WRONG_USE = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # argparse would print the usage of every option before the one line that matters.
        # It repeats what was typed, and an address may hold a password.
        self.exit(
            WRONG_USE, f"{self.prog}: {redacted(message, typed=True)}; `{self.prog} --help` shows what there is\n"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        # As a shell reports a process that Ctrl-C ended: 128 + SIGINT.
        return 130
    except BrokenPipeError:
        # The reader left, as `head` does; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(arguments: Sequence[str] | None) -> int:
    try:
        words = sys.argv[1:] if arguments is None else arguments
        options = _parser(words).parse_args(words)
        code: int = options.run(options)
    except DashboardError as error:
        for line in redacted(str(error)).splitlines():
            print(f"golden-signals: {line}", file=sys.stderr)
        return WRONG_USE
    finally:
        # Output that fits the buffer would meet a reader that left only at exit, where nobody can catch the error.
        sys.stdout.flush()
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Knows the options of the command that is typed: those of the others would take a second to import."""
    parser = _Parser(prog="golden-signals", description="The four golden signals of your services, with their SLOs.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (run, what, add_options) in _COMMANDS.items():
        command = commands.add_parser(name, help=what)
        if name in words:
            add_options(command)
        if name == "explain" in words and not _names_file(words):
            _source_options(command, "--service")
        command.set_defaults(run=run)
    return parser


def _names_file(words: Sequence[str]) -> bool:
    """A file is explained, which needs no source: the word behind the command is no option."""
    return not [*words[words.index("explain") + 1 :], "--"][0].startswith("--")


# Options and commands are imported when they are needed: a start does not wait for what the others need.


def _demo_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_serving_options

    add_serving_options(command)
    command.add_argument("--reload", action="store_true", help="start anew whenever the code changes")
    command.add_argument("--seed", type=int, default=7, help="another seed, another world (default 7)")
    command.add_argument("--write-csv", metavar="FILE", help="write the demo as CSV and end")
    command.add_argument(
        "--shape", choices=("requests", "wide", "tidy"), default="wide", help="shape of --write-csv (default wide)"
    )
    command.add_argument("--span", default="1d", help="how much of the past --write-csv writes (default 1d)")
    command.add_argument(
        "--target",
        action="store_true",
        help="serve /metrics only, to be scraped with honor_labels: true, which keeps the job label of each service",
    )


def _detect_options(command: argparse.ArgumentParser) -> None:
    from dashboard.anomaly.layers import LAYERS

    command.add_argument("file", metavar="FILE", nargs="?", help="CSV with a header (default standard input)")
    command.add_argument("--layer", choices=tuple(LAYERS), default="seasonal", help="(default seasonal)")


def _source_options(command: argparse.ArgumentParser, *without: str) -> None:
    from dashboard.commands.options import add_source_options

    add_source_options(command, without=without)


def _serve_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_serving_options, add_state_option

    _source_options(command)
    add_serving_options(command)
    add_state_option(command)


def _token_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_state_option

    command.add_argument("name", metavar="NAME", nargs="?", help="what it is for, such as argocd")
    command.add_argument(
        "--scope",
        action="append",
        choices=("changes", "read"),
        help="what it may do: send changes, or read; may be repeated (default changes)",
    )
    command.add_argument(
        "--in-state", action="store_true", help="keep its hash in the state, where a running dashboard finds it"
    )
    command.add_argument("--list", action="store_true", help="list the tokens of the configuration and of the state")
    command.add_argument("--revoke", metavar="NAME", help="forget a token of the state")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the state")
    add_state_option(command)


def _state_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_state_option

    command.add_argument("action", choices=("export", "import"), help="write it as JSON lines, or read them")
    command.add_argument("file", metavar="FILE", nargs="?", help="(default standard output or input)")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the state")
    add_state_option(command)


def _mcp_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_state_option

    _source_options(command)
    add_state_option(command)


def _notify_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--test", action="store_true", help="send a test message to each receiver")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the receivers")


def _check_options(command: argparse.ArgumentParser) -> None:
    _source_options(command)
    command.add_argument(
        "--show", action="store_true", help="also print what CSV files were taken for, and their first rows"
    )
    command.add_argument(
        "--convert", metavar="PATH", nargs="+", help="write Sloth, Pyrra or Nobl9 definitions as OpenSLO and end"
    )


def _discover_options(command: argparse.ArgumentParser) -> None:
    _source_options(command)
    command.add_argument("--openslo", action="store_true", help="write the objectives found as OpenSLO instead")


def _status_options(command: argparse.ArgumentParser) -> None:
    _source_options(command)
    command.add_argument("--at", metavar="TIME", help="ISO 8601 moment to evaluate at (default now)")
    command.add_argument("--format", choices=("table", "json"), default="table")


def _alerts_options(command: argparse.ArgumentParser) -> None:
    _source_options(command)
    command.add_argument("--at", metavar="TIME", help="moment to look back from, ISO 8601 (default now)")
    command.add_argument("--format", choices=("table", "json"), default="table")


def _explain_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", metavar="FILE", nargs="?", help="CSV time,bad,valid and labels, in place of a source")
    command.add_argument("--service", metavar="NAME", dest="explained", help="the service of a source")
    command.add_argument("--at", metavar="TIME", help="end of what is explained: epoch seconds, ISO 8601 (default now)")
    command.add_argument("--span", metavar="DURATION", help="how long that is (default 1h; of a FILE its newest rows)")
    command.add_argument(
        "--compare", metavar="DURATION", help="compare with the same span so long before (default: the span itself)"
    )
    command.add_argument(
        "--signal", choices=("errors", "latency"), default="errors", help="what is bad: failed or too slow"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def _compare_options(command: argparse.ArgumentParser) -> None:
    # `--service` is the service that is compared here, not that of all rows of a file.
    from dashboard.commands.options import add_state_option

    _source_options(command, "--service")
    add_state_option(command)
    command.add_argument("--service", metavar="S", dest="compared", default="", help="service (default the only one)")
    sides = command.add_mutually_exclusive_group(required=True)
    sides.add_argument("--change", metavar="ID|TIME", help="before and after a change: its id, or an ISO 8601 moment")
    sides.add_argument("--label", metavar="NAME=A,B", help="two values of a label, the usual one first")
    command.add_argument("--at", metavar="TIME", help="ISO 8601 moment to compare at (default now)")
    command.add_argument("--span", default="1h", help="how much of each side at most (default 1h)")
    command.add_argument(
        "--signal",
        action="append",
        choices=("errors", "latency", "traffic", "saturation"),
        help="a signal that decides; may be repeated (default errors and latency)",
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def _gate_options(command: argparse.ArgumentParser) -> None:
    # `--service` and `--slo` are what is decided about, not that of all rows of a file, and not files.
    _source_options(command, "--service", "--slo")
    command.add_argument(
        "--service", metavar="S", dest="services", action="append", help="a service; may be repeated (default all)"
    )
    command.add_argument(
        "--slo", metavar="N", dest="objectives", action="append", help="an objective; may be repeated (default all)"
    )
    command.add_argument(
        "--reason", choices=("feature", "fix"), default="feature", help="what the release is for (default feature)"
    )
    command.add_argument("--at", metavar="TIME", help="ISO 8601 moment to decide at (default now)")
    command.add_argument("--format", choices=("table", "json"), default="table")


def _backtest_options(command: argparse.ArgumentParser) -> None:
    # `--service` is the service that is looked at here, not that of all rows of a file.
    _source_options(command, "--service")
    command.add_argument("--service", metavar="NAME", dest="backtested", help="objectives of one service (default all)")
    command.add_argument(
        "--objective", metavar="SHARE", type=float, nargs="+", help="objectives to try, such as 0.999 0.9995"
    )
    command.add_argument("--threshold", metavar="SECONDS", type=float, nargs="+", help="latency thresholds to try")
    command.add_argument("--window", metavar="DURATION", nargs="+", help="windows to try, such as 7d 28d 1M")
    command.add_argument("--policy", metavar="NAME", nargs="+", help="alert policies to try, such as pages")
    command.add_argument("--span", default="30d", help="how much of the past is looked at (default 30d)")
    command.add_argument("--at", metavar="TIME", help="moment to look back from, ISO 8601 (default now)")
    command.add_argument("--format", choices=("table", "json"), default="table")


def _rules_options(command: argparse.ArgumentParser) -> None:
    _source_options(command)
    command.add_argument("--out", metavar="FILE", help="where to write them (default standard output)")
    command.add_argument("--tests", metavar="FILE", help="also write unit tests of them for promtool")


def _report_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_state_option

    _source_options(command, "--service")
    add_state_option(command)
    command.add_argument(
        "--period", required=True, metavar="PERIOD", help="2026-10, 2026-Q4, 2026-W41, or 2026-10-01..2026-10-14"
    )
    command.add_argument("--service", metavar="NAME", dest="reviewed", default="", help="of one service alone")
    command.add_argument("--team", metavar="TEAM", default="", help="of the services of one team alone")
    command.add_argument("--format", choices=("html", "md", "csv", "json"), default="md", help="default md")
    command.add_argument("--out", metavar="FILE", help="where to write it; - or nothing: standard output, but of html")


def _demo(options: argparse.Namespace) -> int:
    from dashboard.commands.serve import demo

    return demo(options)


def _serve(options: argparse.Namespace) -> int:
    from dashboard.commands.serve import serve

    return serve(options)


def _check(options: argparse.Namespace) -> int:
    from dashboard.commands.check import check

    return check(options)


def _discover(options: argparse.Namespace) -> int:
    from dashboard.commands.discover import discover

    return discover(options)


def _status(options: argparse.Namespace) -> int:
    from dashboard.commands.status import status

    return status(options)


def _alerts(options: argparse.Namespace) -> int:
    from dashboard.commands.alerts import alerts

    return alerts(options)


def _explain(options: argparse.Namespace) -> int:
    from dashboard.commands.explain import explain

    return explain(options)


def _compare(options: argparse.Namespace) -> int:
    from dashboard.commands.compare import compare

    return compare(options)


def _gate(options: argparse.Namespace) -> int:
    from dashboard.commands.gate import gate

    return gate(options)


def _backtest(options: argparse.Namespace) -> int:
    from dashboard.commands.backtest import backtest

    return backtest(options)


def _rules(options: argparse.Namespace) -> int:
    from dashboard.commands.rules import rules

    return rules(options)


def _report(options: argparse.Namespace) -> int:
    from dashboard.commands.report import report

    return report(options)


def _detect(options: argparse.Namespace) -> int:
    from dashboard.commands.detect import detect

    return detect(options)


def _token(options: argparse.Namespace) -> int:
    from dashboard.commands.token import token

    return token(options)


def _notify(options: argparse.Namespace) -> int:
    from dashboard.commands.notify import notify

    return notify(options)


def _mcp(options: argparse.Namespace) -> int:
    from dashboard.commands.mcp import mcp

    return mcp(options)


def _state(options: argparse.Namespace) -> int:
    from dashboard.commands.state import state

    return state(options)


_Command = tuple[Callable[[argparse.Namespace], int], str, Callable[[argparse.ArgumentParser], None]]
# In the order of --help: what to try first, what to run, what to look at.
_COMMANDS: dict[str, _Command] = {
    "demo": (_demo, "seeded services with incidents under way; needs nothing", _demo_options),
    "serve": (_serve, "serve the dashboard of a Prometheus or of CSV files", _serve_options),
    "check": (_check, "validate the configuration and try the source", _check_options),
    "discover": (_discover, "show what was found, and a starter configuration", _discover_options),
    "status": (_status, "evaluate once, without a browser", _status_options),
    "alerts": (_alerts, "alerts of others: what fires, who is told, which rules are worth it", _alerts_options),
    "explain": (_explain, "what the additional bad events have in common", _explain_options),
    "compare": (_compare, "better or worse after a change, or beside another version", _compare_options),
    "gate": (_gate, "whether a release may go: exit 0 go, 1 hold, 3 no data", _gate_options),
    "report": (_report, "the review of a month, or any other period, as a file", _report_options),
    "backtest": (
        _backtest,
        "which alerts would have fired, and what another objective would do",
        _backtest_options,
    ),
    "rules": (_rules, "write Prometheus rules for the same objectives", _rules_options),
    "token": (_token, "make a token for a program that sends changes or reads", _token_options),
    "mcp": (_mcp, "read-only tools for machines over standard input and output", _mcp_options),
    "notify": (_notify, "send a test message to those who are told of incidents", _notify_options),
    "state": (_state, "write what was added as JSON lines, or read such lines", _state_options),
    "detect": (_detect, "score a series of timestamp,value: one line for each row", _detect_options),
}


if __name__ == "__main__":
    sys.exit(main())
