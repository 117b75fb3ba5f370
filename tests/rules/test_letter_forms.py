"""A letter that is filled into a form is the letter that the template renders."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from huggg.notifications.letter import Button, Letter
from huggg.notifications.render import MARK, _template, html_part

WORDS = st.text() | st.sampled_from(
    ["", '"><script>', "{{ letter }}", f"{MARK}-1;", "a\r\nb ", "£ & ünï"]
)
BUTTONS = st.none() | st.builds(Button, WORDS, WORDS)
LETTERS = st.builds(
    Letter,
    language=WORDS,
    subject=WORDS,
    paragraphs=st.lists(WORDS, max_size=3).map(tuple),
    quote=st.none() | WORDS,
    link=BUTTONS,
    small=st.lists(WORDS, max_size=3).map(tuple),
    unsubscribe=BUTTONS,
)


@given(LETTERS)
def test_a_filled_form_is_the_rendered_template(letter: Letter) -> None:
    assert html_part(letter) == _template().render(letter=letter)
