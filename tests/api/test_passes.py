"""Passes as phones meet them: saved from a page, verified by `openssl`, void when the gift is over."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha1
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from huggg.database.pool import Database
from huggg.events.consumer import catch_up
from huggg.gift.visits import Visits
from huggg.hugggs.huggg import Huggg
from huggg.jobs.queue import drop
from huggg.jobs.queue import jobs as jobs_of
from huggg.passes import jobs
from huggg.passes.apple_file import read_apple_identity
from huggg.passes.apple_push import ApplePush
from huggg.passes.desk import PassDesk, PassServices
from huggg.passes.errors import PassNewsRefused, PassServiceAway
from huggg.passes.events import changed_passes
from huggg.passes.google_object import GoogleIdentity, read_service_account
from huggg.passes.google_service import GoogleService
from huggg.passes.store import find_pass, queries
from tests.conftest import served
from tests.support.gift_hall import BROWSER, Hall
from tests.support.jobs import everything_due, work_off
from tests.support.pass_services import (
    ISSUER,
    PASS_TYPE,
    TEAM,
    Apple,
    FakeGoogle,
    FakePushService,
    google,
    push_service,
)
from tests.support.silence import nothing_moves
from tests.support.sql import scalar, sql

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X)"
ANDROID = "Mozilla/5.0 (Linux; Android 16; Pixel 10)"
OF_PAGE = {**BROWSER, "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class Phones:
    """A hall whose gifts can be saved in wallets, both services, and a worker's desk."""

    hall: Hall
    http: httpx2.AsyncClient
    apple: Apple
    push: FakePushService
    google: FakeGoogle
    desk: PassDesk

    async def shown(self, huggg: Huggg, agent: str = IPHONE) -> str:
        """Show the code of a gift on a phone."""
        page = await self.http.post(
            f"/{huggg.codes.shortcode}/code", headers={**OF_PAGE, "User-Agent": agent}
        )
        assert page.status_code == 200
        return page.text

    async def saved(self, huggg: Huggg) -> Saved:
        """Save a gift in Apple's wallet."""
        (address,) = re.findall(r'href="(/passes/[^"]+)"', await self.shown(huggg))
        answer = await self.http.get(address)
        assert answer.status_code == 200
        return Saved(answer)

    async def news(self) -> int:
        """Let a worker read the events, and tell phones; counts the jobs."""
        database = self.hall.gallery.platform.database
        await catch_up(database, changed_passes())
        (work,) = jobs.WORKS
        return await work_off(database, work.equipped({"pass_desk": self.desk}))


class Saved:
    """A pass as it was downloaded."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        with zipfile.ZipFile(BytesIO(answer.content)) as pack:
            self.files = {name: pack.read(name) for name in pack.namelist()}
        self.facts: dict[str, Any] = json.loads(self.files["pass.json"])

    @property
    def serial(self) -> str:
        return str(self.facts["serialNumber"])

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"ApplePass {self.facts['authenticationToken']}"}

    def on(self, device: str) -> str:
        return f"/passes/v1/devices/{device}/registrations/{PASS_TYPE}/{self.serial}"

    @property
    def latest(self) -> str:
        return f"/passes/v1/passes/{PASS_TYPE}/{self.serial}"


@asynccontextmanager
async def phones_of(hall: Hall, folder: Path) -> AsyncIterator[Phones]:
    apple = Apple.founded()
    pass_file = apple.write(folder / "pass.pem")
    async with push_service(apple, folder) as push, google() as fake:
        account_file = fake.write(folder / "account.json")
        settings = replace(
            hall.settings,
            apple_pass_file=pass_file,
            google_pass_file=account_file,
            google_pass_issuer=ISSUER,
        )
        identity = read_apple_identity(pass_file)
        issuer = GoogleIdentity(ISSUER, read_service_account(account_file))
        services = PassServices(
            identity, ApplePush(identity, push.url, apple.trusting()), GoogleService(issuer, fake.url)
        )
        platform = hall.gallery.platform
        desk = PassDesk(platform, Visits(platform), services, launch_url=settings.launch_url)
        async with served(settings) as http:
            yield Phones(hall, http, apple, push, fake, desk)
        await services.close()


@pytest.fixture
async def phones(hall: Hall, tmp_path: Path) -> AsyncIterator[Phones]:
    async with phones_of(hall, tmp_path) as opened:
        yield opened


def verified(saved: Saved, apple: Apple, folder: Path) -> bool:
    """Have the `openssl` command judge the signature of a pass, under the root of the tests."""
    for name in ("manifest.json", "signature"):
        (folder / name).write_bytes(saved.files[name])
    (folder / "root.pem").write_bytes(apple.root.pem)
    command = "openssl smime -verify -inform DER -in signature -content manifest.json -purpose any"
    judged = subprocess.run(
        [*command.split(), "-CAfile", "root.pem", "-out", "/dev/null"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return judged.returncode == 0


# Apple


async def test_a_pass_is_saved_from_the_page_of_a_code_and_openssl_verifies_it(
    phones: Phones, tmp_path: Path
) -> None:
    huggg = await phones.hall.gallery.gift("harbour")
    saved = await phones.saved(huggg)
    assert saved.answer.headers["content-type"] == "application/vnd.apple.pkpass"
    assert saved.answer.headers["cache-control"] == "no-store"
    facts = saved.facts
    assert (facts["passTypeIdentifier"], facts["teamIdentifier"]) == (PASS_TYPE, TEAM)
    assert facts["barcodes"] == [
        {
            "format": "PKBarcodeFormatQR",
            "message": huggg.codes.shortcode,
            "messageEncoding": "iso-8859-1",
            "altText": f"{huggg.codes.redeem_code[:4]} {huggg.codes.redeem_code[4:]}".upper(),
        }
    ]
    assert facts["voided"] is False
    assert facts["webServiceURL"].endswith("/passes")
    assert facts["coupon"]["primaryFields"][0]["value"] == "Any hot drink"
    digests = json.loads(saved.files["manifest.json"])
    packed = {name: body for name, body in saved.files.items() if name in digests}
    assert digests == {
        name: sha1(body, usedforsecurity=False).hexdigest() for name, body in packed.items()
    }
    assert {"pass.json", "icon.png", "icon@2x.png"} <= digests.keys()
    assert verified(saved, phones.apple, tmp_path)
    saved.files["manifest.json"] += b" "
    assert not verified(saved, phones.apple, tmp_path)


async def test_the_same_gift_always_is_the_same_pass(phones: Phones) -> None:
    huggg = await phones.hall.gallery.gift("harbour")
    first, second = await phones.saved(huggg), await phones.saved(huggg)
    assert (first.serial, first.authorization) == (second.serial, second.authorization)
    other = await phones.saved(await phones.hall.gallery.gift("harbour"))
    assert other.serial != first.serial
    assert other.authorization != first.authorization


async def test_a_phone_registers_asks_and_unregisters(phones: Phones) -> None:
    database = phones.hall.gallery.platform.database
    saved = await phones.saved(await phones.hall.gallery.gift("harbour"))
    body = {"pushToken": "c0ffee"}
    assert (await phones.http.post(saved.on("d1"), json=body)).status_code == 401
    wrong = {"Authorization": "ApplePass " + "x" * 43}
    other = await phones.saved(await phones.hall.gallery.gift("harbour"))
    async with nothing_moves(database):
        twice = [*saved.authorization.items()] * 2
        for headers in (wrong, other.authorization, {"Authorization": "Bearer x"}, twice):
            for each_path in (
                phones.http.post(saved.on("d1"), json=body, headers=headers),
                phones.http.delete(saved.on("d1"), headers=headers),
                phones.http.get(saved.latest, headers=headers),
            ):
                assert (await each_path).status_code == 401
        for bad in (
            b"",
            b"{}",
            b'{"pushToken": ""}',
            b'{"pushToken": "a/../b"}',
            b'{"pushToken": 7}',
            b'{"pushToken": ".."}',
            b'{"pushToken": "c0ffee\\n"}',
        ):
            answer = await phones.http.post(saved.on("d1"), content=bad, headers=saved.authorization)
            assert answer.status_code == 400
    for status in (201, 200):
        answer = await phones.http.post(saved.on("d1"), json=body, headers=saved.authorization)
        assert answer.status_code == status
    changed = f"/passes/v1/devices/d1/registrations/{PASS_TYPE}"
    listed = await phones.http.get(changed)
    assert listed.json() == {"serialNumbers": [saved.serial], "lastUpdated": "0"}
    nothing_new = await phones.http.get(changed, params={"passesUpdatedSince": "0"})
    assert (nothing_new.status_code, nothing_new.content) == (204, b"")

    latest = await phones.http.get(saved.latest, headers=saved.authorization)
    assert Saved(latest).facts == saved.facts
    since = {"If-Modified-Since": latest.headers["last-modified"]}
    again = await phones.http.get(saved.latest, headers={**saved.authorization, **since})
    assert (again.status_code, again.content) == (304, b"")
    earlier = {"If-Modified-Since": "Mon, 05 Jan 2026 10:00:00 GMT"}
    assert (
        await phones.http.get(saved.latest, headers={**saved.authorization, **earlier})
    ).status_code == 200
    for odd in ("yesterday", f"Mon, 05 Jan {'9' * 30} 10:00:00 GMT"):
        headers = {**saved.authorization, "If-Modified-Since": odd}
        assert (await phones.http.get(saved.latest, headers=headers)).status_code == 200

    assert (await phones.http.delete(saved.on("d1"), headers=saved.authorization)).status_code == 200
    assert (await phones.http.get(changed)).status_code == 204
    assert (await phones.http.post("/passes/v1/log", json={"logs": ["odd"] * 50})).status_code == 200
    assert (await phones.http.post("/passes/v1/log", content=b"[")).status_code == 400
    long = b'{"logs": ["' + b"x" * 65_536 + b'"]}'
    assert (await phones.http.post("/passes/v1/log", content=long)).status_code == 413
    logged = [await phones.http.post("/passes/v1/log", json={"logs": ["odd"]}) for _ in range(22)]
    assert (logged[0].status_code, logged[-1].status_code) == (200, 429)
    assert int(logged[-1].headers["retry-after"]) >= 1
    for other_type in (saved.latest.replace(PASS_TYPE, "pass.other"), "/passes/nothing"):
        answer = await phones.http.get(other_type, headers=saved.authorization)
        assert answer.status_code == 404


async def test_a_push_that_apple_never_takes_is_told_from_one_that_it_takes_later(
    tmp_path: Path,
) -> None:
    apple = Apple.founded()
    identity = read_apple_identity(apple.write(tmp_path / "pass.pem"))
    async with push_service(apple, tmp_path) as push:
        service = ApplePush(identity, push.url, apple.trusting())
        for status, reason, error in (
            (400, "BadTopic", PassNewsRefused),
            (403, "BadCertificate", PassNewsRefused),
            (404, "BadPath", PassNewsRefused),
            (405, "MethodNotAllowed", PassNewsRefused),
            (413, "PayloadTooLarge", PassNewsRefused),
            (400, "IdleTimeout", PassServiceAway),
            (429, "TooManyRequests", PassServiceAway),
            (500, "InternalServerError", PassServiceAway),
        ):
            push.answers.append((status, reason))
            with pytest.raises(error, match=f"answered {status} {reason}"):
                await service.tell("c0ffee")
        await service.close()


async def test_news_that_a_service_never_takes_is_a_dead_letter_at_once(phones: Phones) -> None:
    gallery = phones.hall.gallery
    database = gallery.platform.database
    apples, googles = await gallery.gift("harbour"), await gallery.gift("harbour")
    saved = await phones.saved(apples)
    registration = {"pushToken": "c0ffee"}
    await phones.http.post(saved.on("d1"), json=registration, headers=saved.authorization)
    await phones.shown(googles, ANDROID)
    await phones.news()
    for huggg in (apples, googles):
        await gallery.redeem(huggg, "harbour")
    phones.push.answers.append((403, "BadCertificate"))
    phones.google.statuses.append(403)
    phones.google.reason = "rateLimitExceeded"
    await phones.news()
    dead = {row["failure"]: row["attempts"] for row in await jobs_of(database, dead=True)}
    assert dead == {"Apple's push service answered 403 BadCertificate.": 1}
    await everything_due(database)
    phones.google.statuses.append(403)
    phones.google.reason = "forbidden"
    await phones.news()
    dead = {row["failure"]: row["attempts"] for row in await jobs_of(database, dead=True)}
    assert dead["Google's wallet service answered 403."] == 2
    await phones.http.delete(saved.on("d1"), headers=saved.authorization)
    await forget_dead(database)


async def test_an_account_that_gets_no_token_is_a_dead_letter_at_once(phones: Phones) -> None:
    gallery = phones.hall.gallery
    huggg = await gallery.gift("harbour")
    await phones.shown(huggg, ANDROID)
    await gallery.redeem(huggg, "harbour")
    phones.google.token_status = 400
    await phones.news()
    failures = [row["failure"] for row in await jobs_of(gallery.platform.database, dead=True)]
    assert failures == ["Google gave no access token (400)."]
    await forget_dead(gallery.platform.database)


async def forget_dead(database: Database) -> None:
    """Drop the dead letters: other tests of this module count jobs."""
    for row in await jobs_of(database, dead=True):
        await drop(database, row["kind"], row["subject_id"])


async def test_a_redeemed_gift_voids_its_pass_and_its_phones_are_told(phones: Phones) -> None:
    gallery = phones.hall.gallery
    huggg = await gallery.gift("harbour")
    saved = await phones.saved(huggg)
    for device in ("d1", "d2"):
        registration = {"pushToken": f"{device}c0ffee"}
        await phones.http.post(saved.on(device), json=registration, headers=saved.authorization)
    await phones.news()
    assert phones.push.pushed == []

    await gallery.redeem(huggg, "harbour")
    phones.push.answers.extend([(410, "Unregistered"), (503, "ServiceUnavailable")])
    await phones.news()
    assert sorted(path for path, _, _ in phones.push.pushed[:2]) == [
        "/3/device/d1c0ffee",
        "/3/device/d2c0ffee",
    ]
    assert {(topic, body) for _, topic, body in phones.push.pushed} == {(PASS_TYPE, b"{}")}
    assert await scalar(gallery.platform.database, "SELECT count(*) FROM pass_devices") == 1
    first, second = (path for path, _, _ in phones.push.pushed)
    await everything_due(gallery.platform.database)  # the second phone is told by another attempt
    await phones.news()
    assert [path for path, _, _ in phones.push.pushed] == [first, second, second]

    device = second.removeprefix("/3/device/").removesuffix("c0ffee")
    changed = f"/passes/v1/devices/{device}/registrations/{PASS_TYPE}?passesUpdatedSince=0"
    assert (await phones.http.get(changed)).json()["serialNumbers"] == [saved.serial]
    since = {"If-Modified-Since": saved.answer.headers["last-modified"]}
    latest = await phones.http.get(saved.latest, headers={**saved.authorization, **since})
    facts = Saved(latest).facts
    assert facts["voided"] is True
    assert "barcodes" not in facts
    assert huggg.codes.shortcode not in latest.text
    assert (facts["serialNumber"], facts["authenticationToken"]) == (
        saved.serial,
        saved.facts["authenticationToken"],
    )


@pytest.mark.parametrize(
    "over",
    [
        {"cancelled_at": "now()"},
        {"expires_at": "now() - interval '1 second'", "expiry_date": "current_date - 1"},
    ],
)
async def test_a_gift_that_is_over_voids_its_pass(phones: Phones, over: dict[str, str]) -> None:
    huggg = await phones.hall.gallery.gift("harbour")
    saved = await phones.saved(huggg)
    await phones.hall.gallery.set(huggg, **over)
    latest = await phones.http.get(saved.latest, headers=saved.authorization)
    assert Saved(latest).facts["voided"] is True
    assert "barcodes" not in Saved(latest).facts


async def test_a_moved_gift_voids_the_pass_of_the_old_link_and_tells_it_no_new_code(
    phones: Phones,
) -> None:
    platform = phones.hall.gallery.platform
    huggg = await phones.hall.gallery.gift("harbour")
    saved = await phones.saved(huggg)
    moved = "INSERT INTO moved_links (fingerprint, huggg_id, moved_at) VALUES ('\\x01', $1, now())"
    await sql(platform.database, moved, huggg.id)
    latest = Saved(await phones.http.get(saved.latest, headers=saved.authorization))
    assert latest.facts["voided"] is True
    assert "barcodes" not in latest.facts
    assert huggg.codes.shortcode not in json.dumps(latest.facts)
    new = await phones.saved(huggg)  # here the link stayed, and stands for the new one
    assert new.serial != saved.serial
    assert new.facts["voided"] is False


async def test_a_gift_that_moves_while_its_pass_is_written_tells_no_new_code(phones: Phones) -> None:
    platform = phones.hall.gallery.platform
    huggg = await phones.hall.gallery.gift("harbour", message="For Cleo alone")
    saved = await phones.saved(huggg)
    before = await find_pass(platform.database, platform.vault, UUID(saved.serial))
    assert before is not None
    assert not before.has_moved
    assert (await phones.desk.current(before)).code == huggg.codes.shortcode
    moved = "INSERT INTO moved_links (fingerprint, huggg_id, moved_at) VALUES ('\\x02', $1, now())"
    await sql(platform.database, moved, huggg.id)
    shown = await phones.desk.current(before)
    assert (shown.is_void, shown.code, shown.code_text, shown.link, shown.message) == (
        True,
        "",
        "",
        "",
        "",
    )


async def test_a_pass_with_the_code_of_its_voucher_is_an_answer_to_the_receiver(
    phones: Phones,
) -> None:
    database = phones.hall.gallery.platform.database
    huggg = await phones.hall.gallery.gift("marrow")
    saved = await phones.saved(huggg)
    await sql(database, "UPDATE vouchers SET unshown = NULL WHERE huggg_id = $1", huggg.id)
    latest = Saved(await phones.http.get(saved.latest, headers=saved.authorization))
    assert latest.facts["barcodes"] == saved.facts["barcodes"]
    unshown = "SELECT unshown FROM vouchers WHERE huggg_id = $1"
    assert await scalar(database, unshown, huggg.id) is False


async def test_no_pass_is_offered_without_certificates_nor_for_a_code_that_staff_type(
    phones: Phones,
) -> None:
    huggg = await phones.hall.gallery.gift("harbour")
    page = await phones.hall.send(huggg, "/code")  # the hall's own server has no certificates
    assert page.status_code == 200
    assert "Wallet" not in page.text
    both = await phones.shown(huggg, "Mozilla/5.0 (X11; Linux x86_64)")
    assert ("Add to Apple Wallet" in both, "Add to Google Wallet" in both) == (True, True)
    android = await phones.shown(huggg, ANDROID)
    assert ("Add to Apple Wallet" in android, "Add to Google Wallet" in android) == (False, True)
    opened = await phones.http.get(f"/{huggg.codes.shortcode}", headers=BROWSER)
    assert "Wallet" not in opened.text


# Google


async def test_googles_link_is_signed_and_short_and_its_object_is_patched(phones: Phones) -> None:
    gallery = phones.hall.gallery
    huggg = await gallery.gift("harbour")
    page = await phones.shown(huggg, ANDROID)
    (link,) = re.findall(r'href="(https://pay\.google\.com/gp/v/save/[^"]+)"', page)
    assert len(link) < 1_800
    claims = phones.google.claims(link.rpartition("/")[2])
    assert (claims["iss"], claims["aud"], claims["typ"]) == (
        "huggg@gifts.example",
        "google",
        "savetowallet",
    )
    payload: Any = claims["payload"]
    [card] = payload["giftCardObjects"]
    assert card["state"] == "ACTIVE"
    assert card["barcode"]["value"] == huggg.codes.shortcode
    assert card["cardNumber"] == card["barcode"]["alternateText"]
    assert card["classId"] == payload["giftCardClasses"][0]["id"]

    await gallery.redeem(huggg, "harbour")
    phones.google.statuses.extend([503])
    await phones.news()
    assert phones.google.patched == []
    await everything_due(gallery.platform.database)
    await phones.news()
    [(object_id, changes)] = phones.google.patched
    assert object_id == card["id"] == f"{ISSUER}.{UUID(card['id'].partition('.')[2])}"
    assert (changes["state"], changes["barcode"], changes["cardNumber"]) == ("COMPLETED", None, "-")
    assert phones.google.tokens == 1


async def test_an_object_that_was_never_saved_is_no_fault(phones: Phones) -> None:
    huggg = await phones.hall.gallery.gift("harbour")
    await phones.shown(huggg, ANDROID)
    await phones.hall.gallery.redeem(huggg, "harbour")
    phones.google.statuses.append(404)
    await phones.news()
    database = phones.hall.gallery.platform.database
    assert await scalar(database, "SELECT count(*) FROM jobs WHERE kind = 'pass.renew'") == 0


async def test_a_change_gets_a_second_and_a_number_of_its_own(phones: Phones) -> None:
    database = phones.hall.gallery.platform.database
    huggg = await phones.hall.gallery.gift("harbour")
    await phones.saved(huggg)
    tags: list[tuple[datetime, int]] = []
    for _ in range(3):
        await database.rows(queries.change_passes, huggg_ids=[huggg.id], people_ids=[])
        [row] = await sql(
            database, "SELECT changed_at, change_number FROM passes WHERE huggg_id = $1", huggg.id
        )
        tags.append((row["changed_at"], row["change_number"]))
    assert len({at.replace(microsecond=0, tzinfo=UTC) for at, _ in tags}) == 3
    assert [number for _, number in tags] == sorted({number for _, number in tags})
