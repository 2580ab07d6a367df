"""The exit table: ways out × states of the page × networks, as values, and how a person gets to each.

`rows` gives the whole product, or so much of it that each way meets each state and each network, and each state each
network.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from playwright.async_api import Route

from appservice.domain.ids import Reference, UserId
from appservice.domain.signalement import Outcome
from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import NewGuest, Running, away
from tests.e2e.guest_navigator import GuestPage
from tests.e2e.second_process import SecondProcess
from tests.waiting import until

AN_HOUR = timedelta(hours=1)
A_CROWD_WAITS_MS = 60_000
PHONE = {"width": 360, "height": 740, "has_touch": True}


@dataclass(frozen=True, slots=True)
class Way:
    """`last_event`: the one upon which the page is to be blank; None where the browser takes the page away itself."""

    name: str
    last_event: str | None
    leave: Callable[[GuestPage], Awaitable[object]]


async def enter_on_the_button(guest: GuestPage) -> None:
    await guest.page.get_by_test_id("exit").focus()
    await guest.page.keyboard.press("Enter")


async def shift_three_times(guest: GuestPage) -> None:
    for _ in range(3):
        await guest.page.keyboard.press("Shift")


WAYS = (
    Way("button", "click", GuestPage.presses_exit),
    Way("enter", "click", enter_on_the_button),
    Way("shift", "keyup", shift_three_times),
    Way("two fingers", "touchend", lambda guest: guest.taps((150, 500), (210, 500), times=3)),
    Way("bar", "touchend", lambda guest: guest.taps((60, 30), times=3)),
    Way("tab closed", None, lambda guest: guest.page.close()),
    Way("other address", None, lambda guest: guest.page.goto("about:blank")),
)

BEFORE = ("form", "trial", "commune", "loading")
"""Nothing is on the server yet. `trial`: how to leave is read, and tried; `commune`: the postal code has several;
`loading`: *start* is pressed, the encryption is still on its way."""
TALKING = ("waiting", "connected", "sending", "handed back", "ended")
"""`waiting`: and asked whether to end. `handed back`: the agent has left, nobody is there. `ended`: by the agent; what
was said can be read again."""
OVER = ("closed", "failed")
"""By the person; or because encryption could not be set up, after the service had opened a conversation."""
STATES = (*BEFORE, "opening", *TALKING, *OVER)
"""`opening`: the service has opened it, its answer does not come."""

ON, OFFLINE, PORTAL_DOWN, HOMESERVER_DOWN = NETWORKS = ("on", "offline", "portal down", "homeserver down")


@dataclass(frozen=True, slots=True)
class Row:
    way: Way
    state: str
    network: str

    @property
    def causes(self) -> frozenset[str]:
        """Why the conversation is erased: one of these; none where there is no conversation."""
        if self.state in BEFORE:
            return frozenset()
        if self.state == "opening":
            return frozenset({"never_ready"})
        if self.network in (ON, HOMESERVER_DOWN) or self.state in OVER:
            return frozenset({"guest_left"})
        # What a page sends as the browser takes it away, Chromium's emulation of a lost network may let through.
        leaks = self.network == OFFLINE and self.way.last_event is None
        return frozenset({"lost_contact", "guest_left"} if leaks else {"lost_contact"})


def rows(network: str, *, whole: bool) -> Iterator[Row]:
    shift = NETWORKS.index(network)
    for (number, way), (place, state) in itertools.product(enumerate(WAYS), enumerate(STATES)):
        if whole or (place + shift) % len(WAYS) == number:
            yield Row(way, state, network)


@asynccontextmanager
async def network(name: str, running: Running, guests: Iterable[GuestPage]) -> AsyncIterator[None]:
    """As it is called, for all of them; as usual again at the end."""
    match name:
        case "portal down":
            async with away(running.installation.portal):
                yield
        case "homeserver down":
            async with away(running.installation.synapse):
                yield
        case "offline":
            await asyncio.gather(*(guest.context.set_offline(True) for guest in guests))
            yield
        case _:
            yield


class People:
    """Brings each to the state of a row, a few at a time."""

    def __init__(self, running: Running, process: SecondProcess, new_guest: NewGuest, agent: Agent) -> None:
        self._running = running
        self._process = process
        self._new_guest = new_guest
        self._agent = agent
        self._few = asyncio.Semaphore(3)

    async def in_(self, wanted: Iterator[Row]) -> dict[Row, GuestPage]:
        table = list(wanted)
        return dict(zip(table, await asyncio.gather(*(self._one(row.state) for row in table)), strict=True))

    async def _one(self, state: str) -> GuestPage:
        async with self._few:
            guest = await self._new_guest(**PHONE)
            await self._bring(guest, state)
            return guest

    async def _bring(self, guest: GuestPage, state: str) -> None:
        match state:
            case "form":
                await guest.page.get_by_test_id("role-victim").check()
                await guest.page.get_by_test_id("postal-code").fill("78280")
            case "trial":
                await guest.page.get_by_test_id("leaf-trial").click()
            case "commune":
                await guest.starts("01410")
                await guest.page.get_by_test_id("commune").wait_for(timeout=A_CROWD_WAITS_MS)
            case "loading":
                await guest.page.route(re.compile(r"\.wasm$"), lambda _: None)
                await guest.page.reload()
                await guest.starts()
                await guest.is_in_state("opening")
            case "opening":
                await guest.page.route(re.compile("/open$"), lambda route: keep_the_answer(route, guest))
                await guest.starts()
                await until(lambda: bool(guest.opened), timedelta(minutes=1), "the service has opened it")
            case "failed":
                refused = {"status": 403, "json": {"errcode": "M_FORBIDDEN", "error": "no"}}
                await guest.page.route(re.compile("/keys/upload"), lambda route: route.fulfill(**refused))
                await guest.starts()
                await guest.is_in_state("failed", within_ms=A_CROWD_WAITS_MS)
            case _:
                await self._talk(guest, state)

    async def _talk(self, guest: GuestPage, state: str) -> None:
        await guest.starts()
        await guest.is_in_state("waiting", within_ms=A_CROWD_WAITS_MS)
        await guest.types("Avant")
        if state not in ("waiting", "closed"):
            joins = self._agent.tries_to_join
            await until(lambda: joins(guest.room), timedelta(minutes=1), "the agent comes in")
            await guest.is_in_state("connected", within_ms=A_CROWD_WAITS_MS)
            await guest.sees_own("sent", "Avant")
        match state:
            case "waiting":
                await guest.page.get_by_test_id("end").click()
            case "sending":
                await guest.holds_back_sending()
                await guest.types("En route")
            case "handed back":
                await self._agent.leave(guest.room)
                await guest.is_in_state("waiting", within_ms=A_CROWD_WAITS_MS)
            case "ended":
                agent = UserId(self._running.account("guyancourt").user_id)
                reference = Reference(guest.opened["reference"])
                await self._process.day.close(reference, agent, Outcome.INFORMED)
                await guest.is_in_state("ended")
                await guest.page.get_by_test_id("reread").click()
                return
            case "closed":
                await guest.ends()
                return
        await guest.page.get_by_test_id("composer").fill("Un brouillon")


async def keep_the_answer(route: Route, guest: GuestPage) -> None:
    """The request arrives, what it is answered does not."""
    guest.opened = await (await route.fetch()).json()


async def an_hour_passes(process: SecondProcess, witness: GuestPage) -> None:
    """The service looks for pages without a sign now, and an hour later; the witness's gave signs all the while.

    Then the witness leaves: the service looks at what is to be erased, as it does every minute.
    """
    process.still_there.add(UserId(witness.opened["user_id"]))
    await process.notice_silence()
    process.clock.ahead_by += AN_HOUR
    await process.abandon_openings()
    await process.notice_silence()
    await witness.presses_exit()
