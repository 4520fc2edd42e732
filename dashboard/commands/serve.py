"""serve: the dashboard of a source. demo: the embedded one, as a dashboard, as CSV or as a scrape target."""

import argparse
import time
from dataclasses import replace
from pathlib import Path

from dashboard.commands.options import configured, polled, with_source
from dashboard.config.configuration import Config, SourceConfig
from dashboard.durations import parse_duration
from dashboard.exceptions import ConfigError


def serve(chosen: argparse.Namespace) -> int:
    return _run(with_source(chosen))


def demo(chosen: argparse.Namespace) -> int:
    config = configured(chosen)
    config = replace(config, source=SourceConfig(kind="demo", seed=chosen.seed), title="Demo")
    if chosen.write_csv:
        return _write_demo(chosen, config)
    if chosen.target:
        return _serve_target(config)
    return _run(config)


def _run(config: Config) -> int:
    # Streamlit takes a second to import: the commands that do not serve go without it.
    from dashboard.web import server

    poller = polled(config)
    host = "localhost" if config.host in ("127.0.0.1", "0.0.0.0") else config.host
    prefix = config.base_path.strip("/")
    print(f"golden-signals: {poller.source.where} at http://{host}:{config.port}/{prefix}  (Ctrl-C ends)", flush=True)
    server.serve(poller, config)
    return 0


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
    except (OSError, ValueError) as error:
        raise ConfigError(f"--write-csv {path}: {getattr(error, 'strerror', None) or error}") from None
    print(f"golden-signals: wrote {path}")
    return 0


def _serve_target(config: Config) -> int:
    from dashboard.sources.demo.export import serve_metrics
    from dashboard.sources.demo.source import DemoSource

    demo = DemoSource(start=time.time(), seed=config.source.seed, threshold=config.threshold)
    print(f"golden-signals: scrape http://{config.host}:{config.port}/metrics  (Ctrl-C ends)", flush=True)
    serve_metrics(demo, config.host, config.port)
    return 0
