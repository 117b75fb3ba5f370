"""Form letters: rendered once for pages that differ in their words, and filled in for each reader."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from msgspec.structs import replace

from huggg.gift.gift import PageState, Steps
from huggg.gift.letters import KEPT_MAX, Blanks, FormLetters
from huggg.gift.present import Facts
from huggg.gift.visit import Visit

FACTS = Facts(Steps(), may_show=True, is_opened=False, is_thanked=False, days_left=None)
WORDS = {"sender": "Ann", "message": "Hello"}


def visit(offering: object = "coffee", look: str = "plain", tag: str = "en") -> Visit:
    return cast(
        "Visit", SimpleNamespace(offering=offering, look=look, language=SimpleNamespace(tag=tag))
    )


class Post:
    """FormLetters of a short template, which count how often it is rendered."""

    def __init__(self) -> None:
        self.rendered = 0
        self.letters = FormLetters(self._render)

    async def _render(self, _: Visit, state: PageState, facts: Facts, blanks: Blanks) -> str:
        self.rendered += 1
        message = f" says {blanks['message']}" if blanks["message"] else ""
        return f"{state} {facts.is_thanked}: {blanks['sender']}{message}, {blanks['sender']}"

    async def page(self, words: Blanks, **at: Any) -> str:
        values: dict[str, Any] = {"visit": visit(), "state": PageState.WAITING, "facts": FACTS} | at
        return (await self.letters.page(**values, blanks=words)).decode()


async def test_one_letter_is_filled_in_for_all_and_escapes_their_words() -> None:
    post = Post()
    assert await post.page(WORDS) == "waiting False: Ann says Hello, Ann"
    words = {"sender": "<Ben>", "message": "a{0}%s\\1 & \ue000é"}
    assert await post.page(words) == (
        "waiting False: &lt;Ben&gt; says a{0}%s\\1 &amp; \ue000é, &lt;Ben&gt;"
    )
    assert post.rendered == 1


async def test_words_that_are_missing_make_another_letter() -> None:
    post = Post()
    await post.page(WORDS)
    assert await post.page(WORDS | {"message": ""}) == "waiting False: Ann, Ann"


async def test_each_fact_makes_another_letter() -> None:
    post, offering = Post(), object()
    others: list[dict[str, Any]] = [
        {},
        {"state": PageState.CLAIMED},
        {"visit": visit(offering)},
        {"visit": visit(look="themed")},
        {"visit": visit(tag="cy")},
        *(
            {"facts": replace(FACTS, **{name: value})}
            for name, value in {
                "steps": Steps(claim=True),
                "may_show": False,
                "is_opened": True,
                "is_thanked": True,
                "days_left": 3,
            }.items()
        ),
    ]
    for other in (*others, *others):
        await post.page(WORDS, **other)
    assert post.rendered == len(others)


async def test_an_offering_that_was_read_anew_is_rendered_anew_and_old_letters_go() -> None:
    post = Post()
    for number in range(KEPT_MAX + 1):
        await post.page(WORDS, visit=visit([number]))  # a list that goes, whose id the next may have
    assert post.rendered == KEPT_MAX + 1
    assert len(post.letters._kept) == KEPT_MAX
