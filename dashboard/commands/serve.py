"""serve: serve the dashboard of a source. demo: serve demo data, write them as CSV, or expose them as metrics."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

from dashboard.bundle import PACKAGE, PAGES, STREAMLIT
from dashboard.capacity.planned import PlannedEvent
from dashboard.capacity.prices import Prices
from dashboard.commands import address
from dashboard.commands.options import configuration, configuration_with_source
from dashboard.commands.reload import run_reloading
from dashboard.config.configuration import Config
from dashboard.engine import running_poller
from dashboard.engine.opening import open_poller
from dashboard.exceptions import ConfigError, DashboardError
from dashboard.sources.demo.spec import DemoSpec
from dashboard.state.spec import MEMORY
from dashboard.timerange import DAY
from dashboard.toml.parsers import duration

# Monthly prices in the demo.
PRICES = Prices("€", {"core": 20.0, "memory_gib": 3.2, "disk_gib": 0.09})


def serve(options: argparse.Namespace) -> int:
    """Serve the dashboard of the configured source until interrupted."""
    return _serve(configuration_with_source(options))


def demo(options: argparse.Namespace) -> int:
    """Serve the embedded demo, write it as CSV, or expose it as a target for Prometheus."""
    if options.reload:
        if options.write_csv or options.target:
            raise ConfigError("--reload is for serving: leave it out with --write-csv and --target")
        return run_reloading(_same_demo(options), (PACKAGE, PAGES, STREAMLIT))
    config = configuration(options)
    config = replace(
        config,
        source=DemoSpec(options.seed),
        title="Demo",
        state=replace(config.state, where=MEMORY),
        planned_events=(planned_sale(time.time()),),
        prices=PRICES,
    )
    if options.write_csv:
        return _write_csv(options, config.threshold)
    if options.target:
        return _serve_target(options, config)
    return _serve(config)


def planned_sale(now: float) -> PlannedEvent:
    """The planned event of the demo: a day with twice the traffic, two weeks after `now` (epoch seconds)."""
    begin = (now // DAY + 14) * DAY
    return PlannedEvent("winter sale", begin, begin + DAY, 2.0, ("catalog", "checkout", "recommendations", "search"))


def _same_demo(options: argparse.Namespace) -> list[str]:
    """The command line that serves this demo without reloading."""
    values = {"--host": options.host, "--port": options.port, "--base-path": options.base_path}
    values |= {"--refresh": options.refresh, "--seed": options.seed}
    arguments = [part for flag, value in values.items() if value is not None for part in (flag, str(value))]
    return [sys.executable, "-m", "dashboard.cli", "demo", *arguments]


def _serve(config: Config) -> int:
    address.check(config.host, config.port)
    poller = running_poller.start(open_poller(config, keeps=True))
    try:
        # Streamlit and the store are slow to import: other commands do without them, and here the source is already
        # being read meanwhile.
        from dashboard.state.opening import open_store

        store = open_store(config.state)
        from dashboard.web import server
        from dashboard.web.limits import exposure
        from dashboard.web.notifying.notifying import check_receivers

        check_receivers(config)
    except DashboardError:
        poller.stop()
        raise

    host = "localhost" if config.host == "127.0.0.1" else address.in_url(config.host)
    prefix = config.base_path.strip("/")
    print(f"golden-signals: {poller.source.where} at http://{host}:{config.port}/{prefix}  (Ctrl-C ends)", flush=True)
    if warning := exposure.no_login(config.host):
        print(f"golden-signals: {warning}", file=sys.stderr, flush=True)
    if store.note:
        print(f"golden-signals: {store.note}", file=sys.stderr, flush=True)
    server.serve(poller, config, store)
    return 0


# A day of single requests would be 70 million rows.
SPANS = {"requests": "10m"}


def _write_csv(options: argparse.Namespace, threshold: float) -> int:
    from dashboard.sources.demo.csv_export import write_csv
    from dashboard.sources.demo.source import DemoSource

    try:
        span = duration(options.span or SPANS.get(options.shape, "1d"))
    except ValueError as error:
        raise ConfigError(f"--span: {error}") from None
    now = time.time() // 60 * 60
    world = DemoSource(start=now, seed=options.seed, threshold=threshold)
    path = Path(options.write_csv)
    try:
        write_csv(world, path, options.shape, start=now - span, end=now)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--write-csv {path}: {getattr(error, 'strerror', None) or error}") from None
    print(f"golden-signals: wrote {path}")
    return 0


def _serve_target(options: argparse.Namespace, config: Config) -> int:
    from dashboard.sources.demo.scrape_target import serve_metrics
    from dashboard.sources.demo.source import DemoSource

    address.check(config.host, config.port)
    demo = DemoSource(start=time.time(), seed=options.seed, threshold=config.threshold)
    print(
        f"golden-signals: scrape http://{address.in_url(config.host)}:{config.port}/metrics with honor_labels: true,"
        " so that each service keeps its job label; without, it becomes exported_job, which is read, too"
        "  (Ctrl-C ends)",
        flush=True,
    )
    serve_metrics(demo, config.host, config.port, clock=time.time)
    return 0
