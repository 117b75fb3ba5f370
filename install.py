"""Install into .venv what a lock file pins, and the project itself: `python3 install.py LOCK`.

uv installs in seconds what takes pip a minute, so pip fetches uv and nothing else. pip takes over where
uv has no build for the machine, or fails to reach an index that pip reaches.
"""

from __future__ import annotations

import ast
import os
import ssl
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"

INSTALL = ("install", "--quiet", "--disable-pip-version-check")
UV_ITSELF = ("--only-binary=:all:", "--require-hashes", "-r", "requirements-uv.lock")
PROJECT = ("--no-deps", "--no-build-isolation", "-e", ".")

UV_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "trusted-host": "--allow-insecure-host",
}
"""What uv calls the settings of pip that say where packages are."""

UV_VARIABLES = {"cert": "SSL_CERT_FILE", "client-cert": "SSL_CLIENT_CERT", "proxy": "ALL_PROXY"}
"""The variables that uv reads where pip has a setting for the way to an index."""


def main(lock: str) -> int:
    """Install a lock file and the project; give the exit code."""
    pinned = ("--require-hashes", "-r", lock)
    if not PYTHON.exists():
        venv.create(HERE / ".venv", symlinks=True, clear=True)
    if _fetch_uv() and _with_uv(pinned, PROJECT):
        return 0
    print("install.py: uv could not do it, so pip does, which takes longer.", file=sys.stderr)
    done = _make_pip() and all(_pip(*packages) for packages in (pinned, PROJECT))
    return 0 if done else 1


def _fetch_uv() -> bool:
    """Have pip install the pinned uv.

    The pip outside does, where it can: to make one inside takes longer than all that uv does.
    """
    outside = (sys.executable, "-m", "pip", "--python", str(PYTHON), *INSTALL, *UV_ITSELF)
    return _run(outside, quiet=True) or (_make_pip() and _pip(*UV_ITSELF))


def _make_pip() -> bool:
    return _run((str(PYTHON), "-m", "ensurepip"), quiet=True)


def _pip(*packages: str) -> bool:
    return _run((str(PYTHON), "-m", "pip", *INSTALL, *packages))


def _with_uv(*installs: tuple[str, ...]) -> bool:
    """Install with uv from where pip would install, trusting the certificates that pip trusts."""
    pip = _settings_of_pip()
    where = [
        part
        for name, option in UV_OPTIONS.items()
        for text in pip.get(name, "").split()
        for part in (option, text)
    ]
    way = {variable: pip[name] for name, variable in UV_VARIABLES.items() if name in pip}
    if any(ssl.get_default_verify_paths()[:2]):  # or else the certificates that uv brings have to do
        way["UV_SYSTEM_CERTS"] = "1"
    # pip takes a file from any of its indexes; as its hash is pinned, no index can pass off another.
    uv = (str(PYTHON.with_name("uv")), "pip", "install", "--quiet", "--python", str(PYTHON))
    best = ("--index-strategy", "unsafe-best-match")
    return all(_run((*uv, *best, *where, *packages), way) for packages in installs)


def _settings_of_pip() -> dict[str, str]:
    """Read what pip's files and variables say, each setting as `pip install` would have it."""
    listed = subprocess.run(
        (sys.executable, "-m", "pip", "config", "list"), capture_output=True, text=True, check=False
    )
    found = [line.partition("=")[::2] for line in listed.stdout.splitlines() if "=" in line]
    settings: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):  # the later, the stronger
        settings |= {
            key.removeprefix(section): ast.literal_eval(text)
            for key, text in found
            if key.startswith(section)
        }
    return settings


def _run(
    command: tuple[str, ...], variables: Mapping[str, str] | None = None, *, quiet: bool = False
) -> bool:
    """Run a command; variables that the caller of this script has set win over ours."""
    environment = {**(variables or {}), **os.environ}
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=quiet, check=False)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
