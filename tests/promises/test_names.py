"""Each class has a name of its own: a search for a name that two share finds the wrong one."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import huggg

SOURCE = Path(huggg.__file__).parent


def test_no_two_classes_share_a_name() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(str(path.relative_to(SOURCE)))
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}
