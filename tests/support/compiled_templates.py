"""Templates, compiled once in a process: each application that a test starts would compile its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from huggg.html import templates
from huggg.html.assets import Assets


class CompiledTemplates(BytecodeCache):
    """The code of templates, by their names and texts."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template that was compiled before."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


@contextmanager
def templates_compiled_once() -> Iterator[None]:
    """Let all applications of this process share the code of their templates."""
    compiled, build = CompiledTemplates(), templates.build_environment

    def build_environment(assets: Assets) -> Environment:
        environment = build(assets)
        environment.bytecode_cache = compiled
        return environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "build_environment", build_environment)
        yield
