"""`make pictures`: every state of the page, at a phone's and at a computer's size, into `docs/pictures/`."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page

from tests.benchmarks.conversation import everything_running
from tests.e2e.accessibility import speak
from tests.e2e.agent_navigator import Agent
from tests.e2e.conftest import Running, claimed_by
from tests.e2e.guest_navigator import GuestPage

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"

# Held in one hand; and on a desk.
SIZES = {"phone": (360, 740, 2), "computer": (1280, 800, 1)}

_OPENING = re.compile("/open$")


@dataclass(frozen=True, slots=True)
class Scene:
    """How the page gets from where it is to a state worth a picture; `whole`: with what one would have to scroll to."""

    name: str
    tells: str
    reach: Callable[["Set"], Awaitable[None]]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """One visit, at one size, the agent who joins it, and the one to whom it is handed over."""

    running: Running
    agent: Agent
    next_agent: Agent
    guest: GuestPage

    @property
    def page(self) -> Page:
        return self.guest.page

    async def in_the_desk_room(self, agent: Agent, words: str) -> None:
        """The agent types a command about the conversation, and the desk bot has answered."""
        reference = self.guest.opened["reference"]
        await agent.asks(self.running.desk("guyancourt")["desk_room_id"], words.format(reference))


async def nothing(_: Set) -> None:
    pass


async def chooses(here: Set) -> None:
    await here.page.get_by_test_id("role-victim").check()
    await here.page.get_by_test_id("postal-code").fill("78280")


async def speaks(here: Set, language: str) -> None:
    await speak(here.page, language)


async def reads(here: Set, leaf: str) -> None:
    await here.page.get_by_test_id(f"leaf-{leaf}").click()


async def looks(here: Set, scheme: Literal["light", "dark"]) -> None:
    await here.page.emulate_media(color_scheme=scheme)
    await here.page.evaluate("() => scrollTo(0, 0)")


async def returns_to_the_form(here: Set) -> None:
    await speak(here.page, "fr")
    await here.page.emulate_media(color_scheme="light")
    await here.page.goto(here.running.endpoints["portal"])


async def makes_mistakes(here: Set) -> None:
    await returns_to_the_form(here)
    await here.page.get_by_test_id("role-witness").check()
    await here.page.get_by_test_id("postal-code").fill("")
    await here.page.get_by_test_id("start").click()


async def is_asked_which_commune(here: Set) -> None:
    await returns_to_the_form(here)
    await here.guest.starts("01410")
    await here.page.get_by_test_id("commune").wait_for()


async def is_opening(here: Set) -> None:
    await returns_to_the_form(here)
    await here.page.route(_OPENING, lambda _: None)
    await here.guest.starts()
    await here.guest.is_in_state("opening")


async def waits(here: Set) -> None:
    await here.page.unroute(_OPENING)
    await returns_to_the_form(here)
    await here.guest.opens()
    await here.guest.types("Bonsoir", "Je n'ose pas parler, il est dans la pièce d'à côté")


async def talks(here: Set) -> None:
    room = await claimed_by(here.running, here.agent, here.guest)
    await here.agent.says(room, "Bonsoir, je vous lis. Êtes-vous en sécurité à cet instant ?")
    await here.guest.sees("Bonsoir, je vous lis. Êtes-vous en sécurité à cet instant ?")
    await here.guest.types("Oui, il regarde la télévision.")
    await here.guest.page.get_by_text("Oui, il regarde").wait_for()
    await here.agent.says(room, "Prenez votre temps. Vous pouvez quitter cette page à tout moment.")
    await here.page.get_by_text("Prenez votre temps").wait_for()
    await here.guest.sees_own(
        "sent", "Bonsoir", "Je n'ose pas parler, il est dans la pièce d'à côté", "Oui, il regarde la télévision."
    )


async def is_proposed_a_complaint(here: Set) -> None:
    await looks(here, "light")
    await here.in_the_desk_room(here.agent, "plainte {} trappes")
    await here.guest.sees_proposal("open")


async def accepts(here: Set) -> None:
    await here.guest.decides(True, "evening")
    await here.guest.sees_proposal("accepted")


async def is_asked_what_the_next_agent_may_read(here: Set) -> None:
    await here.in_the_desk_room(here.agent, f"passer {{}} à {here.next_agent.user_id}")
    await here.page.get_by_test_id("passing-on").wait_for()


async def is_asked_to_confirm(here: Set) -> None:
    await here.guest.passes_on(True)
    await here.page.get_by_test_id("end").click()


async def is_told_goodbye(here: Set) -> None:
    await here.page.locator("#end-no").click()
    await here.in_the_desk_room(here.next_agent, "clore {} plainte")
    await here.guest.is_in_state("ended")


async def erases(here: Set) -> None:
    await here.page.get_by_test_id("erase").click()
    await here.guest.is_in_state("closed")
    await here.page.locator("#erased").wait_for()


async def fails(here: Set) -> None:
    await here.page.route(_OPENING, lambda route: route.fulfill(status=503, json={}))
    await here.page.goto(here.running.endpoints["portal"])
    await here.guest.starts()
    await here.guest.is_in_state("failed")


async def is_lost(here: Set) -> None:
    await here.page.goto(here.running.endpoints["portal"] + "nothing")


SCENES = (
    Scene("form", "before a conversation", nothing, whole=True),
    Scene("form-filled", "a role chosen: its own words", chooses),
    Scene("form-dark", "in the dark", lambda here: looks(here, "dark")),
    Scene(
        "form-arabic", "from right to left", lambda here: _then(looks(here, "light"), speaks(here, "ar")), whole=True
    ),
    Scene(
        "trial", "how leaving works", lambda here: _then(returns_to_the_form(here), reads(here, "trial")), whole=True
    ),
    Scene("young", "under eighteen", lambda here: _then(returns_to_the_form(here), reads(here, "young")), whole=True),
    Scene("mistakes", "a mistake in the form", makes_mistakes),
    Scene("commune", "a postal code of several desks", is_asked_which_commune),
    Scene("opening", "while a room is opened", is_opening),
    Scene("waiting", "waiting: what is written is not sent yet", waits),
    Scene("connected", "with an agent", talks),
    Scene("connected-arabic", "with an agent, from right to left", lambda here: speaks(here, "ar")),
    Scene("connected-dark", "with an agent, in the dark", lambda here: _then(speaks(here, "fr"), looks(here, "dark"))),
    Scene("suggestion", "a suggestion, which waits for a word", is_proposed_a_complaint),
    Scene("accepted", "a suggestion that was accepted", accepts),
    Scene("hand-over", "another agent: what was said is passed on, or not", is_asked_what_the_next_agent_may_read),
    Scene("ending", "before the end", is_asked_to_confirm),
    Scene("ended", "ended by the agent", is_told_goodbye, whole=True),
    Scene("closed", "after everything was erased", erases, whole=True),
    Scene("failed", "when nothing can be opened", fails),
    Scene("broken", "when there is no portal", is_lost, whole=True),
)


async def _then(*steps: Awaitable[None]) -> None:
    for step in steps:
        await step


@asynccontextmanager
async def on_set(running: Running, browser: Browser, agents: tuple[Agent, Agent], size: str) -> AsyncIterator[Set]:
    width, height, scale = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, locale="fr-FR"
    )
    page = await context.new_page()
    await page.goto(running.endpoints["portal"])
    yield Set(running, *agents, GuestPage(context, page))
    await context.close()


async def main() -> None:
    async with everything_running() as (running, browser):
        agents = await running.agent(number=1), await running.agent(number=2)
        for size in SIZES:
            async with on_set(running, browser, agents, size) as here:
                for scene in SCENES:
                    await scene.reach(here)
                    file = PICTURES / f"{scene.name}-{size}.png"
                    await here.page.screenshot(path=file, full_page=scene.whole, animations="disabled")
        for agent in agents:
            await agent.log_out()
    lines = [f"| {scene.tells} | " + " | ".join(_link(scene, size) for size in SIZES) + " |" for scene in SCENES]
    head = [
        "# The page, state by state",
        "",
        "Taken by `make pictures`.",
        "",
        "| | phone | computer |",
        "| --- | --- | --- |",
    ]
    (PICTURES / "README.md").write_text("\n".join([*head, *lines]) + "\n")


def _link(scene: Scene, size: str) -> str:
    width = 180 if size == "phone" else 480
    return f'<img src="{scene.name}-{size}.png" alt="{scene.tells}, on a {size}" width="{width}">'


if __name__ == "__main__":
    asyncio.run(main())
