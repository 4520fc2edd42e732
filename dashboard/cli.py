"""golden-signals COMMAND: one clear line and exit 2 for wrong use, never a traceback."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from dashboard import __version__
from dashboard.anomaly.layers import LAYERS
from dashboard.commands.check import check
from dashboard.commands.detect import detect
from dashboard.commands.discover import discover
from dashboard.commands.rules import rules
from dashboard.commands.serve import demo, serve
from dashboard.commands.status import status
from dashboard.exceptions import DashboardError

WRONG_USE = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}; `{self.prog} --help` shows what there is\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        code: int = chosen.run(chosen)
    except DashboardError as error:
        for line in str(error).splitlines():
            print(f"golden-signals: {line}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader left, as `head` does; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="golden-signals", description="The four golden signals of your services, with their SLOs.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    demonstration = commands.add_parser("demo", help="seeded services with incidents under way; needs nothing")
    _serving(demonstration)
    demonstration.add_argument("--seed", type=int, default=7, help="another seed, another world (default 7)")
    demonstration.add_argument("--write-csv", metavar="FILE", help="write the demo as CSV and end")
    demonstration.add_argument(
        "--shape", choices=("requests", "wide", "tidy"), default="wide", help="shape of --write-csv"
    )
    demonstration.add_argument("--span", default="1d", help="how much of the past --write-csv writes (default 1d)")
    demonstration.add_argument("--target", action="store_true", help="serve /metrics only, for a Prometheus to scrape")
    demonstration.set_defaults(run=demo)
    detection = commands.add_parser("detect", help="score a series of timestamp,value: one line for each row")
    detection.add_argument("file", metavar="FILE", nargs="?", help="CSV with a header (default standard input)")
    detection.add_argument("--layer", choices=tuple(LAYERS), default="seasonal", help="(default seasonal)")
    detection.set_defaults(run=detect)
    commands_with_source = {
        "serve": (serve, "serve the dashboard of a Prometheus or of CSV files"),
        "check": (check, "validate the configuration and try the source"),
        "discover": (discover, "show what was found, and a starter configuration"),
        "status": (status, "evaluate once, without a browser"),
        "rules": (rules, "write Prometheus rules for the same objectives"),
    }
    for name, (run, what) in commands_with_source.items():
        command = commands.add_parser(name, help=what)
        _sourced(command)
        command.set_defaults(run=run)
        if name == "serve":
            _serving(command)
        if name == "check":
            command.add_argument(
                "--convert",
                metavar="PATH",
                nargs="+",
                help="write Sloth, Pyrra or Nobl9 definitions as OpenSLO and end",
            )
        if name == "discover":
            command.add_argument("--openslo", action="store_true", help="write the objectives found as OpenSLO instead")
        if name == "rules":
            command.add_argument("--out", metavar="FILE", help="where to write them (default standard output)")
            command.add_argument("--tests", metavar="FILE", help="also write unit tests of them for promtool")
        if name == "status":
            command.add_argument("--at", metavar="TIME", help="ISO 8601 moment to evaluate at (default now)")
            command.add_argument("--format", choices=("table", "json"), default="table")
    return parser


def _serving(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, help="port to listen on (default 8501)")
    command.add_argument("--base-path", help="path prefix behind a proxy, such as /golden")
    command.add_argument("--refresh", help="time between two refreshes, such as 5s (default 15s)")


def _sourced(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", metavar="FILE", help="TOML configuration")
    command.add_argument("--prometheus", metavar="URL", help="Prometheus, VictoriaMetrics, Thanos or Mimir")
    command.add_argument("--csv", metavar="PATH", nargs="+", help="files, directories or globs")
    command.add_argument("--slo", metavar="PATH", nargs="+", help="OpenSLO files, directories or globs")


if __name__ == "__main__":
    sys.exit(main())
