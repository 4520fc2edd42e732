"""The options of each command; what they need is imported once they are asked for, so that a start need not wait."""

import argparse

_MOMENT = ": ISO 8601 or epoch seconds (default now)"


def demo_options(command: argparse.ArgumentParser) -> None:
    """`demo`: how it is served, and how the demo is written as files."""
    from dashboard.commands.options import add_serving_options

    add_serving_options(command)
    command.add_argument("--reload", action="store_true", help="start anew whenever the code changes")
    command.add_argument("--seed", type=int, default=7, help="another seed, another world (default 7)")
    command.add_argument("--write-csv", metavar="FILE", help="write the demo as CSV and end")
    command.add_argument(
        "--shape", choices=("requests", "wide", "tidy"), default="wide", help="shape of --write-csv (default wide)"
    )
    command.add_argument(
        "--span", help="how much of the past --write-csv writes (default 1d; of requests, a row each, 10m)"
    )
    command.add_argument(
        "--target",
        action="store_true",
        help="serve /metrics only, to be scraped with honor_labels: true, which keeps the job label of each service",
    )


def detect_options(command: argparse.ArgumentParser) -> None:
    """`detect`: a file, and the detector."""
    from dashboard.anomaly.layers import LAYERS

    command.add_argument("file", metavar="FILE", nargs="?", help="CSV with a header (default standard input)")
    command.add_argument("--layer", choices=tuple(LAYERS), default="seasonal", help="(default seasonal)")


def source_options(command: argparse.ArgumentParser, *without: str) -> None:
    """Where numbers come from; `without`: options that a command has for something else."""
    from dashboard.commands.options import add_source_options

    add_source_options(command, without=without)


def serve_options(command: argparse.ArgumentParser) -> None:
    """`serve`: the source, how it is served, and the state."""
    from dashboard.commands.options import add_serving_options, add_state_option

    source_options(command)
    add_serving_options(command)
    add_state_option(command)


def token_options(command: argparse.ArgumentParser) -> None:
    """`token`: its name and scopes."""
    from dashboard.commands.options import add_state_option

    command.add_argument("name", metavar="NAME", nargs="?", help="what it is for, such as argocd")
    command.add_argument(
        "--scope",
        action="append",
        choices=("changes", "policy", "read"),
        help="what it may do: send changes, add exceptions from the policy, or read; may be repeated (default changes)",
    )
    command.add_argument(
        "--in-state", action="store_true", help="keep its hash in the state, where a running dashboard finds it"
    )
    command.add_argument("--list", action="store_true", help="list the tokens of the configuration and of the state")
    command.add_argument("--revoke", metavar="NAME", help="forget a token of the state")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the state")
    add_state_option(command)


def state_options(command: argparse.ArgumentParser) -> None:
    """`state`: out or in."""
    from dashboard.commands.options import add_source_options, add_state_option

    command.add_argument(
        "action",
        choices=("export", "import", "import-hours"),
        help="write it as JSON lines, read them, or take in closed hours of the source from CSV",
    )
    command.add_argument("file", metavar="FILE", nargs="*", help="(default standard output or input)")
    add_source_options(command)
    add_state_option(command)


def mcp_options(command: argparse.ArgumentParser) -> None:
    from dashboard.commands.options import add_state_option

    source_options(command)
    add_state_option(command)


def notify_options(command: argparse.ArgumentParser) -> None:
    """`notify`: who is told."""
    command.add_argument("--test", action="store_true", help="send a test message to each receiver")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the receivers")


def check_options(command: argparse.ArgumentParser) -> None:
    """`check`: the source, and what is printed or converted."""
    source_options(command)
    command.add_argument(
        "--show", action="store_true", help="also print what CSV files were taken for, and their first rows"
    )
    command.add_argument(
        "--convert", metavar="PATH", nargs="+", help="write Sloth, Pyrra or Nobl9 definitions as OpenSLO and end"
    )


def discover_options(command: argparse.ArgumentParser) -> None:
    """`discover`: the source, and how it is written."""
    source_options(command)
    command.add_argument("--openslo", action="store_true", help="write the objectives found as OpenSLO instead")


def status_options(command: argparse.ArgumentParser) -> None:
    """`status`: the source, the moment, the format, and what it is of."""
    source_options(command)
    command.add_argument("--at", metavar="TIME", help=f"moment to evaluate at{_MOMENT}")
    command.add_argument(
        "--capacity", action="store_true", help="limited resources, what runs out first first, in place of objectives"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def alerts_options(command: argparse.ArgumentParser) -> None:
    """`alerts`: the source, the moment, the format."""
    source_options(command)
    command.add_argument("--at", metavar="TIME", help=f"moment to look back from{_MOMENT}")
    command.add_argument("--format", choices=("table", "json"), default="table")


def explain_options(command: argparse.ArgumentParser) -> None:
    """`explain`: a file or a service of a source, and the two spans."""
    command.add_argument("file", metavar="FILE", nargs="?", help="CSV time,bad,valid and labels, in place of a source")
    command.add_argument("--service", metavar="NAME", dest="explained", help="the service of a source")
    command.add_argument("--at", metavar="TIME", help=f"end of what is explained{_MOMENT}")
    command.add_argument("--span", metavar="DURATION", help="how long that is (default 1h; of a FILE its newest rows)")
    command.add_argument(
        "--compare", metavar="DURATION", help="compare with the same span so long before (default: the span itself)"
    )
    command.add_argument(
        "--signal", choices=("errors", "latency"), default="errors", help="what is bad: failed or too slow"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def compare_options(command: argparse.ArgumentParser) -> None:
    """`compare`: the source, the two sides, what decides."""
    # `--service` is the service that is compared here, not that of all rows of a file.
    from dashboard.commands.options import add_state_option

    source_options(command, "--service")
    add_state_option(command)
    command.add_argument("--service", metavar="S", dest="compared", default="", help="service (default the only one)")
    sides = command.add_mutually_exclusive_group(required=True)
    sides.add_argument("--change", metavar="ID|TIME", help="before and after a change: its id, or a moment as of --at")
    sides.add_argument("--label", metavar="NAME=A,B", help="two values of a label, the usual one first")
    command.add_argument("--at", metavar="TIME", help=f"moment to compare at{_MOMENT}")
    command.add_argument("--span", default="1h", help="how much of each side at most (default 1h)")
    command.add_argument(
        "--signal",
        action="append",
        choices=("errors", "latency", "traffic", "saturation"),
        help="a signal that decides; may be repeated (default errors and latency)",
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def gate_options(command: argparse.ArgumentParser) -> None:
    """`gate`: the source, what is decided about and what for, the moment."""
    from dashboard.commands.options import add_state_option

    # `--service` and `--slo` are what is decided about, not that of all rows of a file, and not files.
    source_options(command, "--service", "--slo")
    add_state_option(command)
    command.add_argument(
        "--service", metavar="S", dest="services", action="append", help="a service; may be repeated (default all)"
    )
    command.add_argument(
        "--slo", metavar="N", dest="objectives", action="append", help="an objective; may be repeated (default all)"
    )
    command.add_argument(
        "--reason", choices=("feature", "fix"), default="feature", help="what the release is for (default feature)"
    )
    command.add_argument("--at", metavar="TIME", help=f"moment to decide at{_MOMENT}")
    command.add_argument(
        "--watch", metavar="DURATION", help="look again and again for so long, and end at the first breach"
    )
    command.add_argument("--every", metavar="DURATION", help="how often it looks (default the refresh)")
    command.add_argument(
        "--label", metavar="NAME=A,B", help="watch a canary: two values of a label, the usual one first"
    )
    command.add_argument(
        "--limit", metavar="LIMIT", dest="limits", action="append", help="such as error_ratio<=0.02; may be repeated"
    )
    command.add_argument("--steady", metavar="NAME", help="a steady state of the configuration: objectives and limits")
    command.add_argument(
        "--no-compare", action="store_true", help="watch objectives and limits alone, nothing against before"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def backtest_options(command: argparse.ArgumentParser) -> None:
    """`backtest`: the source, what is tried, how much of the past."""
    # `--service` is the service that is looked at here, not that of all rows of a file.
    source_options(command, "--service")
    command.add_argument("--service", metavar="NAME", dest="backtested", help="objectives of one service (default all)")
    command.add_argument(
        "--objective", metavar="SHARE", type=float, nargs="+", help="objectives to try, such as 0.999 0.9995"
    )
    command.add_argument("--threshold", metavar="SECONDS", type=float, nargs="+", help="latency thresholds to try")
    command.add_argument("--window", metavar="DURATION", nargs="+", help="windows to try, such as 7d 28d 1M")
    command.add_argument("--policy", metavar="NAME", nargs="+", help="alert policies to try, such as pages")
    command.add_argument("--span", default="30d", help="how much of the past is looked at (default 30d)")
    command.add_argument("--at", metavar="TIME", help=f"moment to look back from{_MOMENT}")
    command.add_argument("--format", choices=("table", "json"), default="table")


def rules_options(command: argparse.ArgumentParser) -> None:
    """`rules`: the source, and where they are written."""
    source_options(command)
    command.add_argument("--out", metavar="FILE", help="where to write them (default standard output)")
    command.add_argument("--tests", metavar="FILE", help="also write unit tests of them for promtool")


def report_options(command: argparse.ArgumentParser) -> None:
    """`report`: the source, the period, what it is of, the format."""
    from dashboard.commands.options import add_state_option

    source_options(command, "--service")
    add_state_option(command)
    command.add_argument(
        "--period", required=True, metavar="PERIOD", help="2026-10, 2026-Q4, 2026-W41, or 2026-10-01..2026-10-14"
    )
    command.add_argument("--service", metavar="NAME", dest="reviewed", default="", help="of one service alone")
    command.add_argument("--team", metavar="TEAM", default="", help="of the services of one team alone")
    command.add_argument("--format", choices=("html", "md", "csv", "json"), default="md", help="default md")
    command.add_argument("--out", metavar="FILE", help="where to write it; - or nothing: standard output, but of html")
