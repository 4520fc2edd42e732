"""golden-signals COMMAND: one clear line and exit 2 for wrong use, never a traceback."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from dashboard import __version__
from dashboard.config import Config, SourceConfig, load
from dashboard.durations import parse_duration
from dashboard.exceptions import ConfigError, DashboardError
from dashboard.poller import Poller, Settings
from dashboard.snapshot import Health, Snapshot, claimed
from dashboard.sources.base import Catalog
from dashboard.sources.opening import open_source

WRONG_USE = 2
NO_DATA = 3


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
    demo = commands.add_parser("demo", help="seeded services with incidents under way; needs nothing")
    _serving(demo)
    demo.add_argument("--seed", type=int, default=7, help="another seed, another world (default 7)")
    demo.add_argument("--write-csv", metavar="FILE", help="write the demo as CSV and end")
    demo.add_argument("--shape", choices=("requests", "wide", "tidy"), default="wide", help="shape of --write-csv")
    demo.add_argument("--span", default="1d", help="how much of the past --write-csv writes (default 1d)")
    demo.add_argument("--target", action="store_true", help="serve /metrics only, for a Prometheus to scrape")
    demo.set_defaults(run=_demo)
    commands_with_source = {
        "serve": (_serve, "serve the dashboard of a Prometheus or of CSV files"),
        "check": (_check, "validate the configuration and try the source"),
        "discover": (_discover, "show what was found, and a starter configuration"),
        "status": (_status, "evaluate once, without a browser"),
    }
    for name, (run, what) in commands_with_source.items():
        command = commands.add_parser(name, help=what)
        _sourced(command)
        command.set_defaults(run=run)
        if name == "serve":
            _serving(command)
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
    command.add_argument("--slo", metavar="PATH", nargs="+", help="OpenSLO files (not read yet)")


def _config(chosen: argparse.Namespace) -> Config:
    """File and environment, then what the command line overrides."""
    config = load(getattr(chosen, "config", None), os.environ)
    prometheus, csv = getattr(chosen, "prometheus", None), getattr(chosen, "csv", None)
    if prometheus and csv:
        raise ConfigError("--prometheus and --csv exclude each other: name one source")
    if prometheus:
        if not prometheus.startswith(("http://", "https://")):
            raise ConfigError(f"--prometheus {prometheus}: expected an address such as http://127.0.0.1:9090")
        config = replace(config, source=replace(config.source, kind="prometheus", url=prometheus))
    if csv:
        config = replace(config, source=replace(config.source, kind="csv", paths=tuple(csv)))
    return _overridden(config, chosen)


def _overridden(config: Config, chosen: argparse.Namespace) -> Config:
    if getattr(chosen, "refresh", None):
        try:
            seconds = parse_duration(chosen.refresh)
        except ValueError as error:
            raise ConfigError(f"--refresh: {error}") from None
        if not 1 <= seconds <= 3600:
            raise ConfigError(f"--refresh {chosen.refresh}: expected between 1s and 1h")
        config = replace(config, refresh=seconds)
    if getattr(chosen, "port", None) is not None and not 1 <= chosen.port <= 65535:
        raise ConfigError(f"--port {chosen.port}: expected a port between 1 and 65535")
    given = {name: getattr(chosen, name, None) for name in ("host", "port", "base_path")}
    return replace(config, **{name: value for name, value in given.items() if value is not None})


def _needs_source(chosen: argparse.Namespace) -> Config:
    config = _config(chosen)
    if not (chosen.config or chosen.prometheus or chosen.csv):
        raise ConfigError("no source: give --prometheus URL, --csv PATH or --config FILE, or try `golden-signals demo`")
    return config


def _poller(config: Config, *, now: float | None = None) -> Poller:
    settings = Settings(title=config.title, refresh=config.refresh, time_zone=config.time_zone)
    moment = time.time() if now is None else now
    clock = time.time if now is None else lambda: moment
    return Poller(open_source(config, now=moment), settings, clock=clock)


def _serve(chosen: argparse.Namespace) -> int:
    return _run(_needs_source(chosen))


def _run(config: Config) -> int:
    # Streamlit takes a second to import: the commands that do not serve go without it.
    from dashboard import server

    poller = _poller(config)
    host = "localhost" if config.host in ("127.0.0.1", "0.0.0.0") else config.host
    prefix = config.base_path.strip("/")
    print(f"golden-signals: {poller.source.where} at http://{host}:{config.port}/{prefix}  (Ctrl-C ends)", flush=True)
    server.serve(poller, config)
    return 0


def _demo(chosen: argparse.Namespace) -> int:
    config = _config(chosen)
    config = replace(config, source=SourceConfig(kind="demo", seed=chosen.seed), title="Demo")
    if chosen.write_csv:
        return _write_demo(chosen, config)
    if chosen.target:
        return _serve_target(config)
    return _run(config)


def _write_demo(chosen: argparse.Namespace, config: Config) -> int:
    from dashboard.sources.demo.export import write_csv
    from dashboard.sources.demo.source import DemoSource

    try:
        span = parse_duration(chosen.span)
    except ValueError as error:
        raise ConfigError(f"--span: {error}") from None
    now = time.time() // 60 * 60
    demo = DemoSource(start=now, seed=config.source.seed, threshold=config.threshold)
    path = Path(chosen.write_csv)
    try:
        write_csv(demo, path, chosen.shape, start=now - span, end=now)
    except OSError as error:
        raise ConfigError(f"--write-csv {path}: {error.strerror}") from None
    print(f"golden-signals: wrote {path}")
    return 0


def _serve_target(config: Config) -> int:
    from dashboard.sources.demo.export import serve_metrics
    from dashboard.sources.demo.source import DemoSource

    demo = DemoSource(start=time.time(), seed=config.source.seed, threshold=config.threshold)
    print(f"golden-signals: scrape http://{config.host}:{config.port}/metrics  (Ctrl-C ends)", flush=True)
    serve_metrics(demo, config.host, config.port)
    return 0


def _check(chosen: argparse.Namespace) -> int:
    config = _needs_source(chosen)
    source = open_source(config, now=time.time())
    try:
        found = source.discover(time.time())
    finally:
        source.close()
    for note in [*found.notes, *(f"{info.name}: {note}" for info in found.services for note in info.notes)]:
        print(f"golden-signals: note: {note}")
    if not found.services:
        raise ConfigError(f"{source.where}: answers, but no service was found: no known metric is there")
    print(f"golden-signals: {source.where}: {len(found.services)} services found, nothing wrong")
    return 0


def _discover(chosen: argparse.Namespace) -> int:
    config = _needs_source(chosen)
    source = open_source(config, now=time.time())
    try:
        found = source.discover(time.time())
    finally:
        source.close()
    print(starter(config, found), end="")
    return 0 if found.services else WRONG_USE


def starter(config: Config, found: Catalog) -> str:
    """What was found as comments, and a configuration to begin with, in TOML."""
    import json

    lines = [f"# {note}" for note in found.notes]
    lines += ["title = " + json.dumps(config.title), f'refresh = "{config.refresh:g}s"', "", "[source]"]
    lines.append(f'kind = "{config.source.kind}"')
    if config.source.kind == "prometheus":
        lines.append("url = " + json.dumps(config.source.url))
    if config.source.kind == "csv":
        lines.append("paths = " + json.dumps(list(config.source.paths)))
    for info in found.services:
        resources = ", ".join(resource.name for resource in info.resources) or "none"
        lines += ["", f"# {info.preset}; labels {', '.join(info.labels) or 'none'}; saturation {resources}"]
        lines += [f"# {note}" for note in info.notes]
        lines += ["[[services]]", "name = " + json.dumps(info.name)]
    if not found.services:
        lines += ["", "# No service was found."]
    return "\n".join(lines) + "\n"


def _status(chosen: argparse.Namespace) -> int:
    import json

    from dashboard import status

    config = _needs_source(chosen)
    poller = _poller(config, now=_moment(chosen.at) if chosen.at else None)
    try:
        poller.tick()
    finally:
        poller.source.close()
    snapshot = poller.snapshot
    if chosen.format == "json":
        print(json.dumps(status.as_json(snapshot, poller.clock()), indent=1, allow_nan=False))
    else:
        print(table(snapshot), end="")
    if all(claimed(report, snapshot.source.state) is Health.UNKNOWN for report in snapshot.services):
        why = snapshot.source.message or "there is no service whose health is known"
        print(f"golden-signals: {snapshot.source.where}: {why}", file=sys.stderr)
        return NO_DATA
    return 0


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--at {text}: expected ISO 8601, such as 2026-11-22T23:00:00Z") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.timestamp()


def table(snapshot: Snapshot) -> str:
    """The snapshot for a terminal: a line per objective."""
    rows = [("SERVICE", "HEALTH", "OBJECTIVE", "LEFT", "BURN 1H", "STATE")]
    for report in snapshot.services:
        health = str(claimed(report, snapshot.source.state))
        for slo in report.slos:
            left = "–" if slo.remaining is None else f"{slo.remaining:.1%}"
            burn = "–" if slo.burn_1h is None else f"{slo.burn_1h:.2f}×"
            objective = f"{slo.slo.kind} {slo.slo.objective:.4g}"
            rows.append((report.name, health, objective, left, burn, str(slo.state)))
        if not report.slos:
            rows.append((report.name, health, "–", "–", "–", "–"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


if __name__ == "__main__":
    sys.exit(main())
