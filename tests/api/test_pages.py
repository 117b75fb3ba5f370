"""Pages as a browser meets them: headers, forms, errors in plain words, and nothing that leaks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser

import httpx2
import pytest

from huggg.front.log_ins import LogIn
from huggg.html.assets import Assets
from huggg.server.routes import ROUTES
from huggg.settings.settings import Settings
from tests.conftest import fresh_database, served, settings_for
from tests.support.guest_book import guest_book_open

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
HOSTILE = "\"><script>alert(1)</script>&'"


@pytest.fixture(scope="module")
async def browser(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser before a server with all pages and a guest book; it keeps no cookies."""
    async with fresh_database(postgres, template) as url:
        settings = settings_for(url, tmp_path_factory.mktemp("pages"))
        with guest_book_open(tmp_path_factory.mktemp("packages")):
            async with served(settings) as http:
                http.headers["Accept"] = BROWSER
                yield http


class Page(HTMLParser):
    """The elements of a page and the addresses that it names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.ids += [value or "" for name, value in attrs if name == "id"]


def is_a_page(answer: httpx2.Response) -> None:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "x-request-id" in answer.headers


PAGES = ["/", "/docs", "/guests", "/till"]
MISTAKES = [
    "/nowhere/else",
    "/static/huggg-0000000000000000.css",
    "/guests/404",
    "/guests/429",
    "/guests/500",
]


@pytest.mark.parametrize("path", [*PAGES, *MISTAKES])
async def test_a_page_needs_nothing_that_its_policy_forbids(
    browser: httpx2.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    is_a_page(answer)
    page = Page(answer.text)
    assert not {"script", "style", "iframe", "object", "embed", "base", "svg"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    assert [link for link in page.links if not link.startswith(("/", "#"))] == []
    assert [link for link in page.links if link.startswith("//")] == []
    assert len(set(page.ids)) == len(page.ids)
    assert page.tags.count("h1") == page.tags.count("main") == page.tags.count("title") == 1


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_no_link_of_a_page_is_dead(browser: httpx2.AsyncClient, path: str) -> None:
    page = Page((await browser.get(path)).text)
    for link in sorted(set(page.links)):
        target, _, place = link.partition("#")
        assert not place or place in page.ids, link
        if target:
            assert (await browser.get(target)).status_code == 200, link


async def test_a_page_can_be_asked_about_without_its_body(browser: httpx2.AsyncClient) -> None:
    for path in (*PAGES, *MISTAKES):
        got, head = await browser.get(path), await browser.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        is_a_page(head)


async def test_no_page_of_another_origin_reads_ours(browser: httpx2.AsyncClient) -> None:
    origin = {"Origin": "https://evil.example"}
    for path in ("/", "/docs", "/guests", "/guests/404", Assets().path("html/huggg.css")):
        answer = await browser.get(path, headers=origin)
        assert [name for name in answer.headers if name.startswith("access-control")] == []
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    published = await browser.get("/api/v2/brands", headers=origin)
    assert published.headers["access-control-allow-origin"] == "*"


async def test_pages_are_in_no_openapi_document(browser: httpx2.AsyncClient) -> None:
    paths = (await browser.get("/schema/openapi.json")).json()["paths"]
    of_pages = {path for route in ROUTES if route.operation.is_page for path in route.paths}
    of_gifts = {path for path in of_pages if path.startswith("/{shortcode}")}
    of_tills = {path for path in of_pages if path.startswith("/till")}
    of_groups = {path for path in of_pages if path.startswith("/super/")}
    of_passes = {path for path in of_pages if path.startswith("/passes/")}
    of_pages -= (
        of_groups
        | of_passes
        | {
            "/pictures/{name}",
            "/outbox",
            "/outbox/{message_id}",
            "/unsubscribe/{token}",
        }
    )
    assert of_pages - of_gifts - of_tills == {"/", "/docs", "/static/{name}", "/live/{ticket}"}
    assert not of_pages & set(paths)


async def test_a_program_finds_the_api_from_the_front_page(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/", headers={"Accept": "*/*"})
    assert answer.status_code == 200
    is_a_page(answer)
    links = answer.headers["link"]
    assert links == '</schema/openapi.json>; rel="service-desc", </docs>; rel="service-doc"'


# Assets


async def test_an_asset_is_kept_for_a_year(browser: httpx2.AsyncClient) -> None:
    path = Assets().path("html/huggg.css")
    assert re.fullmatch(r"/static/huggg-[0-9a-f]{16}\.css", path)
    assert path in (await browser.get("/")).text
    answer = await browser.get(path, headers={"Accept": "text/css,*/*;q=0.1"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-security-policy"] == POLICY
    assert "set-cookie" not in answer.headers
    again = await browser.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == answer.headers["cache-control"]
    head = await browser.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/huggg-0000000000000000.css",
        "/static/huggg.css",
        "/static/html/huggg.css",
        "/static/../html/static/huggg.css",
        "/static/..%2f..%2fhtml%2fstatic%2fhuggg.css",
        "/static/%2e%2e/settings.py",
        "/static/",
        "/static",
    ],
)
async def test_no_other_address_gives_an_asset(browser: httpx2.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "--accent" not in answer.text


# Forms


async def test_a_form_is_taken_and_leads_back_with_cookies(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/guests", content="name=Bo+%26+co", headers=FROM_HERE)
    assert (answer.status_code, answer.content) == (303, b"")
    assert answer.headers["location"] == "/guests"
    assert answer.headers["cache-control"] == "no-store"
    cookies = answer.headers.get_list("set-cookie")
    assert [line.partition("=")[0] for line in cookies] == ["__Host-guest", "__Host-visit"]
    kept = "; ".join(line.partition(";")[0] for line in cookies)
    page = await browser.get("/guests", headers={"Cookie": kept})
    assert "Welcome, Bo &amp; co." in page.text
    changed = kept.replace("__Host-guest=", "__Host-guest=A")
    assert "Welcome" not in (await browser.get("/guests", headers={"Cookie": changed})).text


async def test_the_input_of_a_stranger_is_text_and_no_markup(browser: httpx2.AsyncClient) -> None:
    wrong = await browser.post(
        "/guests", data={"name": HOSTILE * 3, "count": HOSTILE}, headers=FROM_HERE
    )
    signed = await browser.post("/guests", data={"name": HOSTILE}, headers=FROM_HERE)
    kept = signed.headers.get_list("set-cookie")[0].partition(";")[0]
    shown = await browser.get("/guests", headers={"Cookie": kept})
    for answer, status in ((wrong, 422), (shown, 200)):
        assert answer.status_code == status
        is_a_page(answer)
        assert "script" not in Page(answer.text).tags
        assert "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;" in answer.text


async def test_a_field_that_does_not_fit_is_told_at_its_place(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/guests", content="name=&count=12", headers=FROM_HERE)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers
    assert '<p class="problem" id="name-problem">Name is required.</p>' in answer.text
    assert "Guests must be a whole number from 1 to 9." in answer.text
    assert 'aria-describedby="count-problem"' in answer.text
    assert 'aria-describedby="name-hint name-problem"' in answer.text
    assert 'value="12"' in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://huggg.test"}, 403),
        ({"Origin": "http://huggg.test"}, 303),
        ({"Origin": "https://huggg.test"}, 303),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_form_of_another_site_is_refused(
    browser: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await browser.post("/guests", content="name=Bo", headers=kind | headers)
    assert answer.status_code == status
    if status == 403:
        is_a_page(answer)
        assert "This form was not sent from a page of this site." in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"name=%ff", 400),
        (b"name=\xff", 400),
        (b"name=Bo&name=Cleo", 422),
        (b"name=" + b"x" * 1_000_000, 413),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_in_plain_words(
    browser: httpx2.AsyncClient, body: bytes, status: int
) -> None:
    answer = await browser.post("/guests", content=body, headers=FROM_HERE)
    assert answer.status_code == status
    is_a_page(answer)
    assert "set-cookie" not in answer.headers


# Errors


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/nowhere/else", 404, "There is no page here"),
        ("GET", "/guests/404", 404, "There is no page here"),
        ("POST", "/docs", 405, "This page takes no such request"),
        ("DELETE", "/", 405, "This page takes no such request"),
        ("GET", "/guests/429", 429, "In 42 seconds it can work again."),
        ("GET", "/guests/503", 503, "In 1 second it can work again."),
        ("GET", "/guests/500", 500, "Something went wrong on our side"),
        ("GET", "/guests/unfilled", 500, "Something went wrong on our side"),
        ("GET", "/guests?" + "x" * 16_384, 414, "This address is too long"),
    ],
)
async def test_an_error_is_told_in_plain_words(
    browser: httpx2.AsyncClient, method: str, path: str, status: int, says: str
) -> None:
    answer = await browser.request(method, path, headers={"X-Request-Id": "order-17"})
    assert answer.status_code == status
    is_a_page(answer)
    assert f"<h1>{says}</h1>" in answer.text or says in answer.text
    assert "order-17" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    for secret in ("Traceback", "secret detail", "RuntimeError", "jinja", ".py"):
        assert secret not in answer.text
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    if status == 429:
        assert answer.headers["retry-after"] == "42"


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v2/nonsense", BROWSER),
        ("/api/v2/brands", BROWSER),
        ("/api", BROWSER),
        ("/oauth/nowhere", BROWSER),
        ("/schema", BROWSER),
        ("/health", BROWSER),
        ("/webhooks/nowhere", BROWSER),
        ("/api//v2//nonsense", BROWSER),
        ("/nowhere/else", "*/*"),
        ("/nowhere/else", "application/json"),
        ("/nowhere/else", "application/json, text/html;q=0"),
        ("/guests/404", "*/*"),
        ("/guests/500", "application/json"),
    ],
)
async def test_the_api_and_all_but_browsers_keep_their_json(
    browser: httpx2.AsyncClient, path: str, accept: str
) -> None:
    answer = await browser.get(path, headers={"Accept": accept})
    assert answer.status_code in (401, 404, 500)
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["error"]
    assert "content-security-policy" not in answer.headers


async def test_a_limit_of_addresses_is_told_in_html_too(settings: Settings) -> None:
    async with served(replace(settings, address_requests_max=1)) as http:
        answers = [await http.get("/docs", headers={"Accept": BROWSER}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        is_a_page(answers[1])
        assert "That was too much at once" in answers[1].text
        assert answers[1].headers["ratelimit-policy"] == '"address";q=1;w=60'


async def test_an_error_page_that_fails_itself_leaves_the_error(
    browser: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggg.html.errors.TEMPLATE", "html/missing.html.j2")
    answer = await browser.get("/nowhere/else")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found."})


async def test_a_page_is_logged_and_counted_by_its_operation(
    browser: httpx2.AsyncClient,
) -> None:
    await browser.get("/guests")
    figures = (await browser.get("/metrics")).text
    assert 'huggg_requests_total{operation="showGuests",status="200"}' in figures


# The front page of a demo

LOG_INS = [LogIn("Buyer", "pass-word-1", "buyer@acorn.example"), LogIn("API key", "hgk_key-2")]
LOCAL = {"Accept": BROWSER, "Host": "127.0.0.1:8080"}


@pytest.fixture
async def demo(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with served(settings, demo_log_ins=LOG_INS) as http:
        yield http


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
async def test_a_demo_shows_its_log_ins_on_its_own_machine(demo: httpx2.AsyncClient, host: str) -> None:
    answer = await demo.get("/", headers=LOCAL | {"Host": host})
    for text in ("This is a demo.", "buyer@acorn.example", "pass-word-1", "hgk_key-2"):
        assert text in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "gifts.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "192.0.2.7:8080"},
        {"X-Forwarded-For": "198.51.100.7"},
        {"Forwarded": "for=198.51.100.7"},
        {"Via": "1.1 proxy"},
    ],
)
async def test_a_demo_shows_its_log_ins_to_no_other_visitor(
    demo: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await demo.get("/", headers=LOCAL | headers)
    assert "open this page on the machine that runs the demo" in answer.text
    for text in ("buyer@acorn.example", "pass-word-1", "hgk_key-2"):
        assert text not in answer.text


async def test_a_caller_from_another_machine_is_shown_none_whatever_it_says(settings: Settings) -> None:
    async with served(settings, demo_log_ins=LOG_INS, client=("198.51.100.7", 1)) as http:
        answer = await http.get("/", headers=LOCAL)
    assert "pass-word-1" not in answer.text


async def test_a_server_that_is_no_demo_shows_none(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/", headers=LOCAL)
    assert answer.status_code == 200
    assert "demo" not in answer.text
    assert "Password" not in answer.text
