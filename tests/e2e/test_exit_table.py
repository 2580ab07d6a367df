"""Every way out, in every state, on every network: the page is blank in the same frame, all of it is erased.

`make test` tries so many combinations that each way and each state meets each network; `make exit-table` tries all.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.conftest import NewAgent, NewGuest, Running
from tests.e2e.exit_table import NETWORKS, People, Row, an_hour_passes, network, rows
from tests.e2e.guest_navigator import GuestPage
from tests.e2e.residue import graves_of, rows_about
from tests.e2e.second_process import second_process
from tests.unit.guest_portal.conftest import Portal, started_portal
from tests.waiting import until

WHOLE = "VEILLEUSE_WHOLE_EXIT_TABLE" in os.environ

pytestmark = pytest.mark.timeout(600)  # a crowd, a few at a time; and processes that are started again


async def leaves(guest: GuestPage, row: Row, portal: str) -> None:
    if row.way.last_event is None:
        await row.way.leave(guest)
    else:
        await guest.is_blank_after(row.way.last_event, lambda: row.way.leave(guest))
    if not guest.page.is_closed():
        await until(lambda: not guest.page.url.startswith(portal), what=f"{row} leads away")


async def all_purged(running: Running, guests: Mapping[Row, GuestPage]) -> None:
    """Nothing names the room in the homeserver's database, and the service's has the proof, with the cause."""
    databases = running.endpoints["databases"]
    for row, guest in guests.items():
        await until(lambda one=guest: not rows_about(databases["synapse"], one.room), timedelta(minutes=3), str(row))  # type: ignore[misc]  # bound now
        await until(lambda one=guest: bool(graves_of(databases["appservice"], one.room)), what=str(row))  # type: ignore[misc]  # bound now
        (cause,) = graves_of(databases["appservice"], guest.room)
        assert cause in row.causes, row


@pytest.mark.parametrize("name", NETWORKS)
async def test_every_way_out_blanks_the_page_within_a_frame_and_everything_ends_purged(
    running: Running, new_guest: NewGuest, new_agent: NewAgent, name: str
) -> None:
    portal = running.endpoints["portal"]
    agent, witness = await new_agent(), await new_guest()
    await witness.opens()
    async with second_process(running) as process:
        guests = await People(running, process, new_guest, agent).in_(rows(name, whole=WHOLE))
        async with network(name, running, guests.values()):
            for row, guest in guests.items():
                await leaves(guest, row, portal)
        await all_purged(running, {row: guest for row, guest in guests.items() if row.causes == {"guest_left"}})
        await an_hour_passes(process, witness)
        await all_purged(running, {row: guest for row, guest in guests.items() if row.causes})
        assert not any(guest.opened for row, guest in guests.items() if not row.causes)


async def test_a_page_that_is_reloaded_erases_everything(running: Running, new_guest: NewGuest) -> None:
    guest = await new_guest()
    await guest.opens()
    await guest.page.reload()
    database = running.endpoints["databases"]["synapse"]
    await until(lambda: not rows_about(database, guest.room))


@pytest.fixture
async def portal(tmp_path: Path) -> AsyncIterator[Portal]:
    """A portal of its own, without a homeserver."""
    async with started_portal(tmp_path, neutral_address="http://127.0.0.1:9") as portal:
        yield portal


@pytest.mark.parametrize("path", ["/", "/nothing"])
async def test_without_a_script_the_way_out_is_a_link_on_every_network(
    browser: Browser, portal: Portal, path: str
) -> None:
    """The form without JavaScript, and the page for errors, which has none."""
    address = str(portal.client.make_url(path))
    contexts = [
        await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}) for _ in range(3)
    ]
    on, offline, down = [await context.new_page() for context in contexts]
    await asyncio.gather(*(page.goto(address) for page in (on, offline, down)))
    await goes_away_by_the_link(on, address)
    await offline.context.set_offline(True)
    await goes_away_by_the_link(offline, address)
    await portal.client.server.close()
    await goes_away_by_the_link(down, address)
    for context in contexts:
        await context.close()


async def goes_away_by_the_link(page: Page, address: str) -> None:
    await page.get_by_test_id("exit").click(no_wait_after=True)
    await until(lambda: page.url != address)
