"""The Chromium of this machine, which pages are looked at with."""

from __future__ import annotations

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the browser without its windows, which takes less than half of the processor's time."""

MISSING = f"No browser was found ({', '.join(NAMES)}), so tests/browser was skipped."


def chromium_path() -> str | None:
    """Find the browser; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
