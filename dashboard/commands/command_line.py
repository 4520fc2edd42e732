"""The options of each command."""

import argparse

from dashboard.commands.shared_options import add_serving_options, add_source_options, add_state_option

_MOMENT = ": ISO 8601 or epoch seconds (default now)"


def demo_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `demo`: how it is served, or how demo data are written to files."""
    add_serving_options(command)
    command.add_argument("--reload", action="store_true", help="restart whenever the code changes")
    command.add_argument("--seed", type=int, default=7, help="seed of the generated data (default 7)")
    command.add_argument("--write-csv", metavar="FILE", help="write demo data as CSV and exit")
    command.add_argument(
        "--shape", choices=("requests", "wide", "tidy"), default="wide", help="shape of --write-csv (default wide)"
    )
    command.add_argument("--span", help="how much data --write-csv writes (default 1d; 10m with --shape requests)")
    command.add_argument(
        "--target",
        action="store_true",
        help="serve only /metrics; scrape it with honor_labels: true to keep the job label of each service",
    )


def detect_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `detect`: the file and the detector."""
    from dashboard.anomaly.layers import LAYERS

    command.add_argument("file", metavar="FILE", nargs="?", help="CSV with a header (default standard input)")
    command.add_argument("--layer", choices=tuple(LAYERS), default="seasonal", help="detector (default seasonal)")


def serve_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `serve`: the source, the address to listen on, and the state."""
    add_source_options(command)
    add_serving_options(command)
    add_state_option(command)


def token_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `token`: its name and scopes."""
    command.add_argument("name", metavar="NAME", nargs="?", help="name of the token, such as argocd")
    command.add_argument(
        "--scope",
        action="append",
        choices=("changes", "policy", "read"),
        help="what the token allows: send changes, add policy exceptions, or read; repeatable (default changes)",
    )
    command.add_argument(
        "--in-state", action="store_true", help="store its hash in the state, where a running dashboard finds it"
    )
    command.add_argument("--list", action="store_true", help="list the tokens in the configuration and in the state")
    command.add_argument("--revoke", metavar="NAME", help="delete a token from the state")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the state")
    add_state_option(command)


def state_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `state`: export or import."""
    command.add_argument(
        "action",
        choices=("export", "import", "import-hours"),
        help="write the state as JSON lines, read such lines, or import closed hours from CSV",
    )
    command.add_argument("file", metavar="FILE", nargs="*", help="file (default standard output or input)")
    add_source_options(command)
    add_state_option(command)


def mcp_options(command: argparse.ArgumentParser) -> None:
    add_source_options(command)
    add_state_option(command)


def notify_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `notify`: the receivers."""
    command.add_argument("--test", action="store_true", help="send a test message to each receiver")
    command.add_argument("--config", metavar="FILE", help="TOML configuration that names the receivers")


def check_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `check`: the source, and what to print or convert."""
    add_source_options(command)
    command.add_argument(
        "--show", action="store_true", help="also print the detected format of CSV files and their first rows"
    )
    command.add_argument(
        "--convert", metavar="PATH", nargs="+", help="convert Sloth, Pyrra or Nobl9 definitions to OpenSLO and exit"
    )


def discover_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `discover`: the source and the output format."""
    add_source_options(command)
    command.add_argument("--openslo", action="store_true", help="print the SLOs found as OpenSLO instead")


def status_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `status`: the source, the time, the format, and what to print."""
    add_source_options(command)
    command.add_argument("--at", metavar="TIME", help=f"time to evaluate at{_MOMENT}")
    command.add_argument(
        "--capacity", action="store_true", help="show limited resources, the first to run out first, instead of SLOs"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def alerts_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `alerts`: the source, the time, the format."""
    add_source_options(command)
    command.add_argument("--at", metavar="TIME", help=f"moment to look back from{_MOMENT}")
    command.add_argument("--format", choices=("table", "json"), default="table")


def explain_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `explain`: a file or a service of a source, and the two spans."""
    command.add_argument("file", metavar="FILE", nargs="?", help="CSV time,bad,valid,LABELS… instead of a source")
    command.add_argument("--service", metavar="NAME", dest="explained", help="service of the source to explain")
    command.add_argument("--at", metavar="TIME", help=f"end of the span to explain{_MOMENT}")
    command.add_argument("--span", metavar="DURATION", help="its length (default 1h; for a FILE its newest rows)")
    command.add_argument(
        "--compare", metavar="DURATION", help="compare with the same span this much earlier (default: the span)"
    )
    command.add_argument(
        "--signal", choices=("errors", "latency"), default="errors", help="which requests are bad: failed or too slow"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def compare_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `compare`: the source, the two sides, and the deciding signals."""
    # Here `--service` is the service to compare, not the service of all rows of a CSV file.
    add_source_options(command, without=("--service",))
    add_state_option(command)
    command.add_argument("--service", metavar="S", dest="compared", default="", help="service (default the only one)")
    sides = command.add_mutually_exclusive_group(required=True)
    sides.add_argument("--change", metavar="ID|TIME", help="compare before and after a change (its id) or a time")
    sides.add_argument("--label", metavar="NAME=A,B", help="compare two values of a label, the usual one first")
    command.add_argument("--at", metavar="TIME", help=f"time to compare at{_MOMENT}")
    command.add_argument("--span", default="1h", help="longest span of each side (default 1h)")
    command.add_argument(
        "--signal",
        action="append",
        choices=("errors", "latency", "traffic", "saturation"),
        help="a signal that decides; repeatable (default errors and latency)",
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def gate_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `gate`: the source, what to decide about, the reason, and the time."""
    # Here `--service` and `--slo` name what to decide about: not the service of CSV rows, and not SLO files.
    add_source_options(command, without=("--service", "--slo"))
    add_state_option(command)
    command.add_argument(
        "--service",
        metavar="S",
        dest="services",
        action="append",
        help="a service; repeatable (default all)",
    )
    command.add_argument(
        "--slo", metavar="N", dest="objectives", action="append", help="an SLO; repeatable (default all)"
    )
    command.add_argument(
        "--reason", choices=("feature", "fix"), default="feature", help="what the release is for (default feature)"
    )
    command.add_argument("--at", metavar="TIME", help=f"time to decide at{_MOMENT}")
    command.add_argument(
        "--watch", metavar="DURATION", help="keep checking for this long, and stop at the first breach"
    )
    command.add_argument("--every", metavar="DURATION", help="time between two checks (default the refresh)")
    command.add_argument(
        "--label", metavar="NAME=A,B", help="watch a canary: two values of a label, the usual one first"
    )
    command.add_argument(
        "--limit",
        metavar="LIMIT",
        dest="limits",
        action="append",
        help="such as error_ratio<=0.02; repeatable",
    )
    command.add_argument("--steady", metavar="NAME", help="check a steady state from the configuration")
    command.add_argument(
        "--no-compare", action="store_true", help="watch only objectives and limits; do not compare with before"
    )
    command.add_argument("--format", choices=("table", "json"), default="table")


def backtest_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `backtest`: the source, what to try, and how far to look back."""
    # Here `--service` selects objectives; it is not the service of all rows of a CSV file.
    add_source_options(command, without=("--service",))
    command.add_argument("--service", metavar="NAME", dest="backtested", help="only the objectives of this service")
    command.add_argument(
        "--objective", metavar="SHARE", type=float, nargs="+", help="objectives to try, such as 0.999 0.9995"
    )
    command.add_argument("--threshold", metavar="SECONDS", type=float, nargs="+", help="latency thresholds to try")
    command.add_argument("--window", metavar="DURATION", nargs="+", help="windows to try, such as 7d 28d 1M")
    command.add_argument("--policy", metavar="NAME", nargs="+", help="alert policies to try, such as pages")
    command.add_argument("--span", default="30d", help="how far to look back (default 30d)")
    command.add_argument("--at", metavar="TIME", help=f"moment to look back from{_MOMENT}")
    command.add_argument("--format", choices=("table", "json"), default="table")


def rules_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `rules`: the source and the output files."""
    add_source_options(command)
    command.add_argument("--out", metavar="FILE", help="file to write (default standard output)")
    command.add_argument("--tests", metavar="FILE", help="also write promtool unit tests for the rules")


def report_options(command: argparse.ArgumentParser) -> None:
    """Add the options of `report`: the source, the period, the services, and the format."""
    add_source_options(command, without=("--service",))
    add_state_option(command)
    command.add_argument(
        "--period", required=True, metavar="PERIOD", help="2026-10, 2026-Q4, 2026-W41, or 2026-10-01..2026-10-14"
    )
    command.add_argument("--service", metavar="NAME", dest="reviewed", default="", help="review only this service")
    command.add_argument("--team", metavar="TEAM", default="", help="review only the services of this team")
    command.add_argument(
        "--format", choices=("html", "md", "csv", "json"), help="default: that of the name of FILE, else md"
    )
    command.add_argument("--out", metavar="FILE", help="file to write (default standard output; required for html)")
