"""When a secure conversation cannot be had the page says so, shows the numbers, and sends nothing."""

import re

import pytest
from playwright.async_api import Page, Route

from tests.e2e.conftest import NewGuest
from tests.e2e.guest_navigator import GuestPage

NUMBERS = ("17", "112", "114", "3919")


async def fails(guest: GuestPage) -> list[str]:
    """Starts, waits for the failure, and returns what the page sent after it was opened."""
    sent: list[str] = []
    guest.page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    await guest.starts()
    await guest.is_in_state("failed")
    text = await guest.page.inner_text("body")
    assert all(number in text for number in NUMBERS)
    assert not await guest.page.get_by_test_id("composer").is_visible()
    assert not any(re.search(r"/send/|m\.room\.message", request) for request in sent)
    return sent


async def test_without_the_cryptography_nothing_is_even_opened(new_guest: NewGuest) -> None:
    guest = await new_guest()
    await guest.page.route(re.compile(r"\.wasm$"), lambda route: route.abort())
    await guest.page.reload()
    sent = await fails(guest)
    assert not any(request.endswith("/open") for request in sent)


@pytest.mark.parametrize("refused", ["keys/upload", "keys/device_signing/upload", "keys/signatures/upload"])
async def test_if_the_keys_are_refused_there_is_no_conversation(new_guest: NewGuest, refused: str) -> None:
    guest = await new_guest()
    await _refuse(guest.page, refused)
    sent = await fails(guest)
    assert any(request.endswith("/exit") for request in sent), "what was opened is given up"
    assert not any(request.endswith("/ready") for request in sent), "agents never learn of it"


async def test_if_the_homeserver_s_sync_denies_the_room_s_encryption_nothing_is_sent(new_guest: NewGuest) -> None:
    guest = await new_guest()

    async def without_encryption(route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace("m.room.encryption", "m.room.nothing")
        await route.fulfill(response=answer, body=body)

    await guest.page.route(re.compile("/sync"), without_encryption)
    await fails(guest)


async def _refuse(page: Page, endpoint: str) -> None:
    await page.route(
        re.compile(re.escape(endpoint)),
        lambda route: route.fulfill(status=403, json={"errcode": "M_FORBIDDEN", "error": "no"}),
    )
