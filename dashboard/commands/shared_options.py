"""Options that several commands share. Imports nothing that takes time, as `--help` and wrong use should be instant."""

import argparse
import re
from collections.abc import Collection
from itertools import chain

from dashboard.config.source_options import DETAILS, SOURCES
from dashboard.toml.reader import did_you_mean


def add_source_options(command: argparse.ArgumentParser, *, without: Collection[str] = ()) -> None:
    """Add the options that name a configuration, a source of any kind, and SLO files.

    Args:
        command: the parser to extend. `without`: flags that this command uses for something else.
    """
    command.add_argument("--config", metavar="FILE", help="TOML configuration")
    for option in SOURCES.values():
        command.add_argument(option.flag, metavar=option.metavar, nargs="+" if option.many else None, help=option.help)
    for option in chain.from_iterable(DETAILS.values()):
        if option.flag not in without:
            command.add_argument(option.flag, metavar=option.metavar, help=option.help)
    # In commands whose `--slo` names one objective, SLO files are given by `--slo-files`.
    files = "--slo-files" if "--slo" in without else "--slo"
    command.add_argument(files, metavar="PATH", nargs="+", dest="slo", help="OpenSLO files, directories or globs")
    command.add_argument(
        "--alertmanager", metavar="URL", nargs="+", help="Alertmanagers, for silences and receivers of alerts"
    )


def add_serving_options(command: argparse.ArgumentParser) -> None:
    """Add the options that set where the dashboard listens and how often it refreshes."""
    command.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, help="port to listen on (default 8501)")
    command.add_argument("--base-path", help="path prefix behind a proxy, such as /golden")
    command.add_argument("--refresh", help="time between two refreshes, such as 5s (default 15s)")


def add_state_option(command: argparse.ArgumentParser) -> None:
    """Add the option that names the state store."""
    command.add_argument(
        "--state", metavar="FOLDER|URL", help="store of acknowledgements, notes, changes … (default ~/.local/state)"
    )


def meant(option: str, usage: str) -> str:
    """A hint naming the option closest to what was typed, or an empty string; `usage` lists all options."""
    return did_you_mean(option.partition("=")[0], set(re.findall(r"--[\w-]+", usage)))
