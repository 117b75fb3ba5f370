"""Documentation that can fail the build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huggg.cli import build_command
from huggg.http.errors import PLAIN_SENTENCES
from huggg.metrics.series import SERIES
from huggg.server.errors import REFUSALS
from huggg.settings.table import SETTINGS
from tests.support.refusals import documented_refusals

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

TABLE_ROW = re.compile(r"^\| (\d{3}) \| `(\w+)` \| (.+?) \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
NAMED_FILE = re.compile(r"(?<![`\w./-])`((?:[a-z_]+/)+\w+\.(?:py|sql))`")
MAKE_TARGET = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def test_the_settings_page_names_every_setting_and_no_other() -> None:
    names = re.findall(r"^### (HUGGG_\w+)$", read("docs/reference/settings.md"), re.MULTILINE)
    assert names == [setting.name for setting in SETTINGS]


def test_the_errors_page_is_the_table_of_refusals() -> None:
    rows = TABLE_ROW.findall(read("docs/reference/errors.md"))
    assert {name: int(status) for status, name, _ in rows} == {
        refusal.__name__: REFUSALS.status_of(refusal) for refusal in documented_refusals()
    }


def test_the_errors_page_quotes_sentences_to_the_letter() -> None:
    sentences = {name: says for _, name, says in TABLE_ROW.findall(read("docs/reference/errors.md"))}
    kinds = [refusal for refusal in documented_refusals() if refusal.sentence]
    assert {kind.__name__: sentences[kind.__name__] for kind in kinds} == {
        kind.__name__: f"`{kind.sentence}`" for kind in kinds
    }


def test_the_errors_page_quotes_the_answers_that_no_rule_gives() -> None:
    page = " ".join(read("docs/reference/errors.md").split())
    quotes = [f"{status} `{sentence}`" for status, sentence in PLAIN_SENTENCES.items()]
    assert [quote for quote in quotes if quote not in page] == []


METRIC_ROW = re.compile(r"^\| `(huggg_\w+)` \| (\w+) \| (.*?) ?\|", re.MULTILINE)
METRIC_COUNTED = re.compile(r"(?:count|observe|outcome)\(\s*(?:[\w.]+, )?\"(\w+)\"")
METRIC_NAMED = re.compile(r"\bhuggg_[a-z_]+(?:_total|_seconds|_items|_waiting|_in_use|_max)\b")


def test_the_metrics_page_is_the_table_of_metrics() -> None:
    rows = METRIC_ROW.findall(read("docs/reference/metrics.md"))
    assert [(name, kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows] == [
        (series.name, series.kind.value, list(series.labels)) for series in SERIES
    ]


def test_every_metric_that_is_counted_or_asked_for_exists() -> None:
    known = {series.name for series in SERIES}
    code = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py") if path.name != "series.py")
    assert set(METRIC_COUNTED.findall(code)) <= known
    assert [name for name in sorted(known) if f'"{name}"' not in code] == []
    names = METRIC_NAMED.findall(read("docs/how-to/watch.md").replace("_bucket", ""))
    assert set(names) <= known


def every_command() -> set[str]:
    groups = build_command().commands
    return {
        f"{name} {verb}".strip()
        for name, command in groups.items()
        if not command.hidden  # names of an older release
        for verb in getattr(command, "commands", {"": None})
    }


def test_the_readmes_table_has_every_command_and_no_other() -> None:
    table = re.findall(r"^\| (`huggg .*?) \|", read("README.md"), re.MULTILINE)
    names = [span.removeprefix("huggg ") for row in table for span in re.findall(r"`(.+?)`", row)]
    known = every_command()
    commands = {
        next((each for each in known if re.match(rf"{each}(?: |$)", span)), span) for span in names
    }
    assert commands == known


def test_every_list_and_show_takes_json() -> None:
    without = [
        f"{name} {verb}"
        for name, command in build_command().commands.items()
        for verb, below in getattr(command, "commands", {}).items()
        if verb in ("list", "show") and not any("--json" in each.opts for each in below.params)
    ]
    assert without == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_the_code_that_a_page_names_exists(page: Path) -> None:
    above = (ROOT, ROOT / "src", ROOT / "src/huggg")
    names = NAMED_FILE.findall(page.read_text(encoding="utf-8"))
    assert [file for file in names if not any((folder / file).exists() for folder in above)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_make_target_that_is_mentioned_exists() -> None:
    makefile = read("Makefile")
    for page in PAGES:
        for target in MAKE_TARGET.findall(page.read_text(encoding="utf-8")):
            rule = "bench-%" if target.startswith("bench-") else target
            assert re.search(rf"^{rule}:", makefile, re.MULTILINE), f"{page.name}: {target}"


def test_every_decision_is_in_the_index() -> None:
    index = read("docs/decisions/README.md")
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert page.name in index


def test_no_lock_file_names_an_index() -> None:
    for lock in ROOT.glob("*.lock"):
        assert not re.search(r"https?://|--\S*index|--find-links", lock.read_text("utf-8"))
