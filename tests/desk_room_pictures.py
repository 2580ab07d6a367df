"""What agents and auditors read in their rooms, for docs/agents.md and docs/auditors.md: part of `make pictures`.

A short day is played by real clients on a real homeserver; the messages, decrypted by an agent's client, are laid out
as a chat program would. It is not Element: its frame, its avatars and its buttons are missing.
"""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

from playwright.async_api import Browser

from tests.benchmarks.conversation import everything_running
from tests.e2e.agent_navigator import Agent, Line
from tests.e2e.conftest import Running, announced_to
from tests.e2e.guest_navigator import GuestPage

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"

_STYLE = """
body { font: 15px/1.45 "DejaVu Sans", sans-serif; margin: 0; padding: 18px 20px; background: #fff; color: #1b1d22; }
.line { margin: 0 0 14px; } .who { font-weight: bold; font-size: 13px; color: #0b5f8a; } .who.bot { color: #6a4c93; }
.said { margin-top: 2px; overflow-wrap: anywhere; } .notice .said { color: #6b7380; }
.reply { border-left: 3px solid #c1c6cd; padding-left: 8px; color: #6b7380; font-size: 13px; margin: 2px 0; }
blockquote { border-left: 3px solid #c1c6cd; margin: 6px 0; padding-left: 10px; } code { background: #f0f2f5; }
a { color: #0b5f8a; } td, th { text-align: left; padding: 1px 14px 1px 0; font-size: 13px; vertical-align: top; }
h4 { margin: 8px 0; }
"""


async def main() -> None:
    async with everything_running() as (running, browser), running.installation.compliance_bot:
        first = await running.agent("guyancourt", 1)
        second = await running.agent("guyancourt", 2)
        leader = await running.agent("supervision", 1)
        guest = await GuestPage.visit(browser, running.endpoints["portal"])
        await _play(running, guest, first, second, leader)
        names = await _names(running)
        lines = await first.reads(running.desk("guyancourt")["desk_room_id"])
        await _draw(browser, lines, names, "desk-room.png", width=760)
        board = await leader.reads(running.endpoints["supervision"]["desk_room_id"])
        await _draw(browser, board, names, "supervision-room.png", width=760)
        await _draw_audit_room(running, browser, guest.opened["reference"], names)
        for agent in (first, second, leader):
            await agent.log_out()


async def _draw_audit_room(running: Running, browser: Browser, reference: str, names: dict[str, str]) -> None:
    (account,) = running.endpoints["auditors"]
    auditor = await Agent.log_in(running.endpoints["homeserver"], account["user_id"], account["password"])
    room = running.endpoints["audit_room_id"]
    asked = ["état", f"accès {reference}", "délais cette semaine", "rapport cette semaine"]
    for words in asked:
        await auditor.asks(room, words)
    lines = await auditor.reads(room)
    questions = {line.event_id for line in lines if line.body in asked}
    shown = [line for line in lines if line.event_id in questions or line.replies_to in questions]
    charts = [content for name, content in (await auditor.opens_files(room)).items() if name.endswith(".png")]
    bots = {line.sender: "Robot d’audit" for line in shown if line.replies_to in questions}
    known = names | bots | {account["user_id"]: "Auditrice"}
    await _draw(browser, shown, known, "audit-room.png", width=980, pictures=charts[-1:])
    await auditor.log_out()


async def _play(running: Running, guest: GuestPage, first: Agent, second: Agent, leader: Agent) -> None:
    desk_room = running.desk("guyancourt")["desk_room_id"]
    supervision = running.endpoints["supervision"]["desk_room_id"]
    await guest.opens("78190")
    room = await announced_to(running, first, guest)
    (announcement,) = [line.event_id for line in await first.reads(desk_room) if room in (line.html or "")]
    await leader.says(supervision, "tableau")
    await first.reacts(desk_room, announcement, "👍")
    await guest.is_in_state("connected")
    await first.sees_changed(desk_room, announcement, "pris en charge")
    reference = guest.opened["reference"]
    for agent, words in (
        (second, f"prendre {reference.lower()}"),
        (first, "lsite"),
        (first, "textes numéros es"),
        (first, f"plainte {reference} trappes"),
    ):
        await agent.is_answered(desk_room, await agent.says(desk_room, words))
    await guest.decides(True, "evening")
    await first.hears(desk_room, "est accepté")
    for agent, words in (
        (second, f"écouter {reference}"),
        (second, "ne plus écouter"),
        (first, "éprouvante"),
        (first, f"clore {reference} plainte"),
    ):
        await agent.is_answered(desk_room, await agent.says(desk_room, words))
    await first.sees_changed(desk_room, announcement, "terminé")
    other = await GuestPage.visit(guest.context.browser, running.endpoints["portal"])  # type: ignore[arg-type] # it runs
    await other.opens("75011", "witness")
    waiting = await announced_to(running, first, other)
    await first.is_answered(desk_room, await first.says(desk_room, f"danger {other.opened['reference']}"))
    (second_announcement,) = [line.event_id for line in await first.reads(desk_room) if waiting in (line.html or "")]
    await first.sees_changed(desk_room, second_announcement, "DANGER")
    lines = [line for line in await leader.reads(supervision) if "Situation à" in (line.body or "")]
    await leader.sees_changed(supervision, lines[-1].event_id, "EN DANGER")


async def _names(running: Running) -> dict[str, str]:
    """What Element shows instead of Matrix ids."""
    names: dict[str, str] = {}
    for desk in running.installation.settings.desks:
        made = desk.desk()
        names |= {str(agent): made.name_of(agent) for agent in made.agents}
        names[f"@veilleuse_desk_{made.desk_id}:{running.endpoints['server_name']}"] = f"Guichet {made.name}"
    supervision = running.installation.settings.supervision_desk()
    if supervision is not None:
        names |= {str(leader): supervision.name_of(leader) for leader in supervision.agents}
        names[f"@veilleuse_desk_supervision:{running.endpoints['server_name']}"] = "Guichet Supervision"
    return names


async def _draw(
    browser: Browser,
    lines: list[Line],
    names: dict[str, str],
    name: str,
    *,
    width: int,
    pictures: Sequence[bytes] = (),
) -> None:
    by_event = {line.event_id: line for line in lines}
    body = "".join(_drawn(line, by_event, names) for line in lines if line.body)
    body += "".join(f'<img src="data:image/png;base64,{b64encode(each).decode()}">' for each in pictures)
    page = await browser.new_page(viewport={"width": width, "height": 400}, device_scale_factor=1)
    await page.set_content(f"<!doctype html><style>{_STYLE}</style><body>{body}")
    await page.screenshot(path=PICTURES / name, full_page=True)
    await page.close()


def _drawn(line: Line, by_event: dict[str, Line], names: dict[str, str]) -> str:
    said = line.html or escape(line.body or "")
    for user, shown in names.items():
        said = said.replace(f">{escape(user)}<", f">{escape(shown)}<")
    replied = by_event.get(line.replies_to or "")
    quote = (
        f'<div class="reply">{escape((replied.body or "").splitlines()[0])}</div>' if replied and replied.body else ""
    )
    kinds = "line notice" if line.notice else "line"
    bot = " bot" if names.get(line.sender, "").startswith(("Guichet", "Robot")) else ""
    who = escape(names.get(line.sender, line.sender))
    return f'<div class="{kinds}"><div class="who{bot}">{who}</div>{quote}<div class="said">{said}</div></div>'


if __name__ == "__main__":
    asyncio.run(main())
