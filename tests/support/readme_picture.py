"""`python -m tests.support.readme_picture`: pictures of the gift page, side by side, for the README.

`make pictures` takes them first, into `build/pages`.
"""

from __future__ import annotations

from PIL import Image

from tests.support.processes import ROOT

PICTURES = ROOT / "build" / "pages"
README = ROOT / "docs" / "pictures" / "gift-page.webp"

SHOWN = (
    "gift-waiting-360-light",
    "gift-code-360-light",
    "gift-themed-360-dark",
    "gift-redeemed-360-light",
)
WIDTH, HEIGHT, GAP = 360, 760, 24


def main() -> None:
    """Draw the picture."""
    width = (WIDTH + GAP) * len(SHOWN) - GAP
    sheet = Image.new("RGBA", (width, HEIGHT), "#ffffff00")
    for at, name in enumerate(SHOWN):
        with Image.open(PICTURES / f"{name}.png") as taken:
            page = taken.convert("RGB").resize((WIDTH, taken.height * WIDTH // taken.width))
            sheet.paste(page.crop((0, 0, WIDTH, min(HEIGHT, page.height))), (at * (WIDTH + GAP), 0))
    README.parent.mkdir(exist_ok=True)
    sheet.save(README, "WEBP", quality=82)


if __name__ == "__main__":
    main()
