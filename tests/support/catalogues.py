"""`python -m tests.support.catalogues`: write the catalogues anew, after a text was added or changed.

Translations are kept; a text that is new has none yet, and a test names it until a translator adds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

import huggg
from huggg.languages.language import ENGLISH, FOLDER, NAMES

SOURCE = Path(huggg.__file__).parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {"say": None, "say_many": (1, 2)}
METHODS = {"*.py": "python", "*.j2": "jinja2.ext:babel_extract"}
HEADER = "# Translations of huggg. Written by `make catalogues`; the translations are edited by hand.\n#"


@cache
def texts() -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    """Find every text that templates say, and code that knows of languages, with its file."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for pattern, method in METHODS.items():
        for path in sorted(SOURCE.rglob(pattern)):
            content = path.read_bytes()
            if method == "python" and b"huggg.languages" not in content:
                continue
            entries = extract(method, BytesIO(content), KEYWORDS)
            for _, text, *_ in entries:
                yield str(path.relative_to(SOURCE)), text


def template() -> Catalog:
    """Collect the texts, each with its files, as a catalogue without translations."""
    catalog = Catalog(header_comment=HEADER, fuzzy=False)
    for file, text in texts():
        catalog.add(text, locations=[(file, 0)])
    return catalog


def read(tag: str) -> Catalog:
    """Read the catalogue of a language."""
    with (FOLDER / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


def catalogue_text(tag: str) -> bytes:
    """Write a catalogue with the texts of today and the translations that there are."""
    catalog = Catalog(locale=tag, header_comment=HEADER, fuzzy=False)
    known = read(tag) if (FOLDER / f"{tag}.po").exists() else Catalog(locale=tag)
    for message in template():
        if message.id:
            old = known.get(message.id[0] if isinstance(message.id, tuple) else message.id)
            catalog.add(message.id, old.string if old else None, locations=message.locations)
    file = BytesIO()
    write_po(file, catalog, width=0, sort_output=True, include_lineno=False, omit_header=True)
    return _headed(tag, catalog) + file.getvalue()


def _headed(tag: str, catalog: Catalog) -> bytes:
    """Write the head of a catalogue, without the day on which it was written."""
    lines = (
        f"Language: {tag}",
        "Content-Type: text/plain; charset=utf-8",
        f"Plural-Forms: {catalog.plural_forms}",
    )
    text = "\n".join(f'"{line}\\n"' for line in lines)
    return f'{HEADER}\nmsgid ""\nmsgstr ""\n{text}\n\n'.encode()


def main() -> None:
    """Write all catalogues."""
    for tag in NAMES:
        if tag != ENGLISH:
            (FOLDER / f"{tag}.po").write_bytes(catalogue_text(tag))


if __name__ == "__main__":
    main()
