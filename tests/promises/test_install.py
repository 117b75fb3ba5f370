"""Installing: the demo needs no developer's tool, and uv goes where pip is told to go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import install
import pytest

ROOT = Path(__file__).parents[2]


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def rule(target: str) -> str:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [prerequisites] = re.findall(rf"^{re.escape(target)}: ([^#\n]*)", makefile, re.MULTILINE)
    return str(prerequisites).strip()


def test_developers_run_the_versions_that_are_released() -> None:
    run, develop = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: develop.get(name) for name in run} == run
    assert {"mypy", "pytest", "ruff"} <= develop.keys() - run.keys()


def test_the_demo_waits_for_no_developers_tool() -> None:
    assert rule("demo") == "$(RUNS)"
    assert "requirements-dev.lock" not in rule("$(RUNS)")
    assert rule("test") == "$(READY)"


def test_the_locks_pin_the_builder_and_the_installer() -> None:
    assert "flit-core" in pinned("requirements.lock")
    assert list(pinned("requirements-uv.lock")) == ["uv"]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Record the commands instead of running them, as if uv failed."""
    commands: list[tuple[tuple[str, ...], dict[str, str]]] = []

    def run(
        command: tuple[str, ...], variables: Mapping[str, str] | None = None, *, quiet: bool = False
    ) -> bool:
        commands.append((command, dict(variables or {})))
        return quiet or "uv" not in Path(command[0]).name

    monkeypatch.setattr(install, "_run", run)
    return commands


def test_uv_looks_where_pip_looks(
    monkeypatch: pytest.MonkeyPatch, ran: list[tuple[tuple[str, ...], dict[str, str]]]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for name in ("FIND_LINKS", "TRUSTED_HOST"):
        monkeypatch.delenv(f"PIP_{name}", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://one.example https://two.example")
    monkeypatch.setenv("PIP_CERT", "/etc/ours.pem")
    monkeypatch.setenv("PIP_PROXY", "http://proxy.example:3128")
    install.main("requirements.lock")
    command, environment = next(each for each in ran if Path(each[0][0]).name == "uv")
    where = command[command.index("--default-index") : -3]
    assert where == (
        *("--default-index", "https://mirror.example/simple"),
        *("--index", "https://one.example", "--index", "https://two.example"),
    )
    assert command[-3:] == ("--require-hashes", "-r", "requirements.lock")
    assert environment["SSL_CERT_FILE"] == "/etc/ours.pem"
    assert environment["ALL_PROXY"] == "http://proxy.example:3128"


def test_pip_takes_over_where_uv_fails(
    ran: list[tuple[tuple[str, ...], dict[str, str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert install.main("requirements.lock") == 0
    by_pip = [command[3:] for command, _ in ran if command[1:3] == ("-m", "pip")][1:]
    assert by_pip == [
        (*install.INSTALL, "--require-hashes", "-r", "requirements.lock"),
        (*install.INSTALL, *install.PROJECT),
    ]
    assert "pip does" in capsys.readouterr().err
