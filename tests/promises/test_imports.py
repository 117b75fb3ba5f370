"""Factories only: importing a module does no work, so that importing it can never fail or surprise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import huggg

SOURCE = Path(huggg.__file__).parent
ROOT = SOURCE.parents[1]

WATCH = """
import importlib, os, pkgutil, sys

seen = []

class Watched(type(os.environ)):
    def __getitem__(self, key):
        if str(key).startswith("HUGGG"):
            seen.append(f"read {key}")
        return super().__getitem__(key)

os.environ.__class__ = Watched

import stripe  # whose own imports try whether this machine has IPv6
import huggg
home = os.path.dirname(huggg.__file__)

WORK = {"socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "os.mkdir", "os.remove"}

def watch(event, args):
    if event in WORK:
        seen.append(f"{event} {args}")
    if event == "open" and isinstance(args[0], str):
        path, mode = args[0], args[1] or ""
        ours = path.startswith(home) and not path.endswith((".py", ".pyc"))
        if ours or set(mode) & set("wax+"):
            seen.append(f"open {path} {mode}")

sys.addaudithook(watch)
for module in sorted(m.name for m in pkgutil.walk_packages(huggg.__path__, "huggg.")):
    if module.endswith("__main__") or ".migrations." in module:
        continue
    importlib.import_module(module)
    for what in seen:
        print(module, what)
    seen.clear()
from huggg.server.app import create_app
try:
    create_app()
except Exception as refused:
    print("create_app", type(refused).__name__, "HUGGG_LOG_LEVEL" in str(refused))
for what in seen:
    if not what.startswith("read HUGGG"):
        print("create_app", what)
print("read by create_app:", sum(what.startswith("read HUGGG") for what in seen) > 0)
"""


def test_importing_anything_reads_no_setting_opens_no_file_and_connects_nowhere(tmp_path: Path) -> None:
    """Settings that make no sense are met by `create_app` and by nothing before it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HUGGG_")},
        "PYTHONDONTWRITEBYTECODE": "1",
        "HUGGG_DATABASE_URL": "postgresql://nowhere.invalid/",
        "HUGGG_LOG_LEVEL": "nonsense",
    }
    finished = subprocess.run(
        [sys.executable, "-c", WATCH],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines() == [
        "create_app SettingError True",
        "read by create_app: True",
    ]
    assert list(tmp_path.iterdir()) == []


def test_every_package_and_lone_module_has_its_layer_in_the_import_contract() -> None:
    """A package that the contract does not name may import anything, and be imported by anything."""
    packages = {f"huggg.{folder.parent.name}" for folder in SOURCE.glob("*/__init__.py")}
    modules = {f"huggg.{file.stem}" for file in SOURCE.glob("[!_]*.py")}
    assert set(layers()) == packages | modules


def test_the_map_of_packages_names_each_below_the_packages_that_may_import_it() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (drawing,) = re.findall(r"^src/huggg/$(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    names = [f"huggg.{name}" for name in re.findall(r"^  (\w+)", drawing, re.MULTILINE)]
    assert sorted(names) == sorted(layers())
    assert names == sorted(names, key=layers().__getitem__)


def layers() -> dict[str, int]:
    """Number the layer of each package in the import contract, from the top."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = [
        contract
        for contract in project["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    ]
    return {
        name: number
        for number, layer in enumerate(contract["layers"])
        for name in re.split(r" [|:] ", layer)
    }
