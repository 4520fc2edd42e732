"""A real PostgreSQL on loopback, with its own port and data folder, ended by its pid."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.servers import free_port


def _binary(name: str) -> str:
    folders = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    path = shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed, and in CI nothing is skipped")
        pytest.skip(f"{name} is not installed")
    return path


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty database that everybody on this machine may use."""
    # It refuses to run as root, and its user must get to its folder.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="golden-signals-"))
    if user:
        shutil.chown(folder, user)
    port, data = free_port(), str(folder / "data")
    initdb = [_binary("initdb"), "-D", data, "-U", "golden", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(initdb, user=user, check=True, **quiet)  # type: ignore[call-overload]
    options = ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1"]
    command = [_binary("postgres"), "-D", data, "-p", str(port), *options]
    process = subprocess.Popen(command, user=user, **quiet)  # type: ignore[call-overload]
    url = f"postgresql://golden@127.0.0.1:{port}/postgres"
    try:
        _wait_for(url)
        yield url
    finally:
        # At once: it waits neither for connections that are still open, nor for a disk.
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=20)
        shutil.rmtree(folder)


def _wait_for(url: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("PostgreSQL did not become ready")
