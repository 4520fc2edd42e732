"""The whole test suite on a new machine: installs what the tests need, names what it cannot, then runs everything.

Needs Python 3.11 or newer with pip and nothing else. Debian packages are installed where that is allowed (root on a
Debian system); elsewhere the tests that need them are named and skipped.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
DEBIAN = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "victoria-metrics": "victoria-metrics",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "chromium": "chromium",
    "openssl": "openssl",
}


def main() -> int:
    """Prepare, then lint, type-check and test; the first failure ends the run."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that an older Python may run
        print(f"golden-signals needs Python 3.11 or newer, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    debian_packages()
    python = environment()
    steps = [
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "mypy"],
        [python, "-m", "pytest", *sys.argv[1:]],
    ]
    for step in steps:
        print("$", " ".join(step[1:]), flush=True)
        if code := subprocess.run(step, cwd=ROOT, check=False).returncode:
            return code
    return 0


def debian_packages() -> None:
    """Install the servers and the browser the tests run against, or say what is skipped."""
    missing = sorted({package for command, package in DEBIAN.items() if shutil.which(command) is None})
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # A package that starts a service of its own must not: the tests bring their own ports and data folders.
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(install, env=quiet, stdout=subprocess.DEVNULL, check=False)
        missing = sorted({package for command, package in DEBIAN.items() if shutil.which(command) is None})
    if missing:
        names = ", ".join(missing)
        print(f"Not installed: {names}; the tests that need them are skipped (Debian: apt-get install {names})")


def environment() -> str:
    """A virtual environment beside the code with the package and its test tools; its interpreter."""
    python = VENV / "bin" / "python"
    if not python.exists():
        venv.create(VENV, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", f"{ROOT}[test]"]
    subprocess.run(install, check=True)
    return str(python)


if __name__ == "__main__":
    sys.exit(main())
