"""The whole test suite on a new machine: installs what the tests need, names what it cannot, then runs everything.

    python3 tests/run.py                    lint, types, the suite on three workers, then quick benchmarks alone
    python3 tests/run.py tests/slo -k burn  just that: what follows goes to pytest as it is
    python3 tests/run.py tests/bench        all benchmarks, one after the other

Needs Python 3.11 or newer with pip and nothing else. Debian packages are installed where that is allowed (root on a
Debian system); elsewhere the tests that need them are named and skipped, or fail if CI is set in the environment.
"""

import os
import shutil
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROJECT = ROOT / "pyproject.toml"
INSTALLED_FOR = VENV / "installed-for.toml"  # the pyproject.toml the environment was made with
BENCH = "tests/bench"
CHECKS = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]]
# Benchmarks of what must hold: they read no clock, or CPU time with much room, so that other tests may run beside them.
BESIDE = [
    f"{BENCH}/test_{name}.py"
    for name in (
        "backtest",
        "comparison",
        "derived_changes",
        "discovery",
        "fuzz",
        "gate_watch",
        "low_traffic",
        "restart",
    )
]
# Those that measure, each in seconds: nothing runs beside them. All others take minutes: `tests/run.py tests/bench`.
ALONE = [f"{BENCH}/test_{name}.py" for name in ("decode", "explain", "objectives", "triage")]
DEBIAN = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "victoria-metrics": "victoria-metrics",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "chromium": "chromium",
    "openssl": "openssl",
    "curl": "curl",
    "haproxy": "haproxy",
    "nginx": "nginx",
    "redis-server": "redis-server",
    "postgres": "postgresql",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
}


def main() -> int:
    """Run what the arguments name, or everything; the first failure ends the run."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may run
        print(f"golden-signals needs Python 3.11 or newer, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    if chosen := sys.argv[1:]:
        if not installed():
            install()
        return done([["pytest", *chosen]])
    with ThreadPoolExecutor(1) as beside:
        # One mostly waits for disks and the network, and lint and types need none of it.
        debian = beside.submit(debian_packages)
        install()
        compile_tests()
        if code := done(CHECKS):
            return code
        debian.result()
    return done(tests())


def done(steps: list[list[str]]) -> int:
    """Run arguments of `python -m` step by step; the exit code of the first that fails, else 0."""
    for step in steps:
        print("$ python -m", *step, flush=True)
        if code := subprocess.run([str(PYTHON), "-m", *step], cwd=ROOT, env=environment(), check=False).returncode:
            return code
    return 0


def compile_tests() -> None:
    """Begin to compile all tests and what they import, beside lint and types: else each worker does."""
    collect = [str(PYTHON), "-m", "pytest", "--collect-only", "-qq"]
    subprocess.Popen(collect, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tests() -> list[list[str]]:
    """Arguments of `python -m`: the suite, then the benchmarks that are alone.

    Of three workers on two cores one mostly waits for a browser or a server.
    """
    others = sorted({str(path.relative_to(ROOT)) for path in (ROOT / BENCH).glob("test_*.py")} - {*BESIDE})
    together = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", *(f"--ignore={path}" for path in others)]
    return [["pytest", "--durations=30", *together], ["pytest", "--durations=15", *ALONE]]


def environment() -> dict[str, str]:
    """That of this process, in which each of a hundred dashboards reads what the first one has compiled.

    And glibc keeps the memory of large arrays: by default it returns it to the system, which clears it each time it
    gives it again. That was half of the system time of page tests.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "MALLOC_MMAP_THRESHOLD_": str(64 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(256 * 2**20)}


def debian_packages() -> None:
    """Install the servers and the browser the tests run against, or say what is skipped."""
    missing = not_installed()
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # A package that starts a service of its own must not: the tests bring their own ports and data folders.
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=False)
        missing = not_installed()
    if missing:
        names, fate = " ".join(missing), "fail" if os.environ.get("CI") else "are skipped"
        print(f"Not installed: {names}; the tests that need them {fate} (Debian: apt-get install {names})", flush=True)


def not_installed() -> list[str]:
    """Packages whose commands are not there; Debian keeps those of PostgreSQL in a folder for each version."""
    folders = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    path = os.pathsep.join(folders)
    return sorted({package for command, package in DEBIAN.items() if shutil.which(command, path=path) is None})


def installed() -> bool:
    """Whether the environment beside the code has what pyproject.toml asks for today."""
    return INSTALLED_FOR.exists() and INSTALLED_FOR.read_bytes() == PROJECT.read_bytes()


def install() -> None:
    """A virtual environment beside the code with the package and its test tools."""
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    # Most of what is installed is never imported: the rest is compiled when it first is.
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "-e", f"{ROOT}[test]"], check=True)
    shutil.copyfile(PROJECT, INSTALLED_FOR)


if __name__ == "__main__":
    sys.exit(main())
