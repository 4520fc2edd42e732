"""The command line entry point. Wrong use prints one clear line and exits with 2, never a traceback."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from dashboard import __version__
from dashboard.commands import command_line, streams
from dashboard.commands.shared_options import add_source_options, meant
from dashboard.exceptions import DashboardError
from dashboard.printable import printable
from dashboard.redaction import redacted

WRONG_USE = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # By default argparse prints the usage of every option before the one line that matters.
        # The message repeats what was typed, and a URL may contain a password.
        self.exit(
            WRONG_USE,
            f"{self.prog}: {printable(redacted(message, typed=True))}; `{self.prog} --help` lists the options\n",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Without `arguments` it reads `sys.argv`, and may end the process."""
    code = _exit_code(list(sys.argv[1:] if arguments is None else arguments))
    if arguments is None:
        streams.leave(code)
    return code


def _exit_code(words: Sequence[str]) -> int:
    streams.prepare()
    try:
        try:
            return _run(words)
        finally:
            # Otherwise buffered output would be written at interpreter exit, where a broken pipe cannot be caught.
            sys.stdout.flush()
    except KeyboardInterrupt:
        # The exit code that shells report after Ctrl-C: 128 + SIGINT.
        return 130
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does.
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
            hint = meant(unknown[0], options.parser.format_usage())
            options.parser.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        code: int = options.run(options)
    except DashboardError as error:
        for line in redacted(str(error)).splitlines():
            print(f"golden-signals: {printable(line)}", file=sys.stderr)
        return WRONG_USE
    return code


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser with the options of the given command only: those of `detect` import its detectors."""
    parser = _Parser(prog="golden-signals", description="The four golden signals of your services, with their SLOs.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (run, what, add_options) in _COMMANDS.items():
        command = commands.add_parser(name, help=what)
        if name in words:
            add_options(command)
        if name == "explain" in words and not _names_file(words):
            add_source_options(command, without=("--service",))
        command.set_defaults(run=run, parser=command)
    return parser


def _names_file(words: Sequence[str]) -> bool:
    """Whether `explain` reads a file and needs no source: its first argument is not an option."""
    return not [*words[words.index("explain") + 1 :], "--"][0].startswith("--")


# Each command is imported when it runs, so that no start waits for the imports of other commands.


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
# In the order of --help: what to try first, then the server, then everything else.
_COMMANDS: dict[str, _Command] = {
    "demo": (_demo, "serve a demo with generated services and ongoing incidents", command_line.demo_options),
    "serve": (_serve, "serve the dashboard for a Prometheus or for CSV files", command_line.serve_options),
    "check": (_check, "validate the configuration and SLOs, and try the source", command_line.check_options),
    "discover": (_discover, "print a first configuration with the services found", command_line.discover_options),
    "status": (_status, "evaluate all services and SLOs once and print the result", command_line.status_options),
    "alerts": (
        _alerts,
        "alerts from other tools: what fires, who receives it, how good the rules are",
        command_line.alerts_options,
    ),
    "explain": (_explain, "find what the additional bad events have in common", command_line.explain_options),
    "compare": (_compare, "better or worse after a change, or than another version", command_line.compare_options),
    "gate": (_gate, "decide if a release may go ahead: exit 0 go, 1 hold, 3 unknown", command_line.gate_options),
    "report": (_report, "write the review of a month or any other period", command_line.report_options),
    "backtest": (
        _backtest,
        "which alerts would have fired in the past, also with other objectives",
        command_line.backtest_options,
    ),
    "rules": (_rules, "write Prometheus recording and alerting rules for the SLOs", command_line.rules_options),
    "token": (_token, "create a token for a program that sends changes or reads", command_line.token_options),
    "mcp": (_mcp, "serve read-only MCP tools over standard input and output", command_line.mcp_options),
    "notify": (_notify, "send a test message to each configured receiver", command_line.notify_options),
    "state": (_state, "export or import acknowledgements, notes, changes …", command_line.state_options),
    "detect": (_detect, "print an anomaly score for each row of a timestamp,value CSV", command_line.detect_options),
}


if __name__ == "__main__":
    sys.exit(main())
