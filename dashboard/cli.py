"""golden-signals COMMAND: one clear line and exit 2 for wrong use, never a traceback."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from dashboard import __version__
from dashboard.commands import command_line, streams
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
    """Run a command; returns the exit code. Without arguments it is the process, and may end it."""
    code = _ended(list(sys.argv[1:] if arguments is None else arguments))
    if arguments is None:
        streams.leave(code)
    return code


def _ended(words: Sequence[str]) -> int:
    streams.prepare()
    try:
        try:
            return _run(words)
        finally:
            # Output that fits the buffer would meet its end only at exit, where nobody can catch the error.
            sys.stdout.flush()
    except KeyboardInterrupt:
        # As a shell reports a process that Ctrl-C ended: 128 + SIGINT.
        return 130
    except BrokenPipeError:
        # The reader left, as `head` does.
        streams.drop_output()
        return 0
    except OSError as error:
        streams.drop_output()
        print(f"golden-signals: {error.filename or 'standard output'}: {error.strerror or error}", file=sys.stderr)
        return WRONG_USE


def _run(words: Sequence[str]) -> int:
    options, unknown = _parser(words).parse_known_args(words)
    try:
        if unknown:
            # It is needed for a typing error alone, and other commands start without it.
            from dashboard.commands.options import meant

            hint = meant(unknown[0], options.parser.format_usage())
            options.parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        code: int = options.run(options)
    except DashboardError as error:
        for line in redacted(str(error)).splitlines():
            print(f"golden-signals: {line}", file=sys.stderr)
        return WRONG_USE
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
            command_line.source_options(command, "--service")
        command.set_defaults(run=run, parser=command)
    return parser


def _names_file(words: Sequence[str]) -> bool:
    """A file is explained, which needs no source: the word behind the command is no option."""
    return not [*words[words.index("explain") + 1 :], "--"][0].startswith("--")


# Commands are imported when they are needed: a start does not wait for what the others need.


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
    if options.watch is not None:
        from dashboard.commands.gate_watch import watch

        return watch(options)
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
    "demo": (_demo, "seeded services with incidents under way; needs nothing", command_line.demo_options),
    "serve": (_serve, "serve the dashboard of a Prometheus or of CSV files", command_line.serve_options),
    "check": (_check, "validate the configuration and try the source", command_line.check_options),
    "discover": (_discover, "show what was found, and a starter configuration", command_line.discover_options),
    "status": (_status, "evaluate once, without a browser", command_line.status_options),
    "alerts": (
        _alerts,
        "alerts of others: what fires, who is told, which rules are worth it",
        command_line.alerts_options,
    ),
    "explain": (_explain, "what the additional bad events have in common", command_line.explain_options),
    "compare": (_compare, "better or worse after a change, or beside another version", command_line.compare_options),
    "gate": (_gate, "whether a release may go: exit 0 go, 1 hold, 3 no data", command_line.gate_options),
    "report": (_report, "the review of a month, or any other period, as a file", command_line.report_options),
    "backtest": (
        _backtest,
        "which alerts would have fired, and what another objective would do",
        command_line.backtest_options,
    ),
    "rules": (_rules, "write Prometheus rules for the same objectives", command_line.rules_options),
    "token": (_token, "make a token for a program that sends changes or reads", command_line.token_options),
    "mcp": (_mcp, "read-only tools for machines over standard input and output", command_line.mcp_options),
    "notify": (_notify, "send a test message to those who are told of incidents", command_line.notify_options),
    "state": (_state, "write what was added as JSON lines, or read such lines", command_line.state_options),
    "detect": (_detect, "score a series of timestamp,value: one line for each row", command_line.detect_options),
}


if __name__ == "__main__":
    sys.exit(main())
