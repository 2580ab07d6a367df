"""What is told of a day when it is over: by the rooms' own histories, by the service's record, by what clients read."""

from dataclasses import dataclass, field
from urllib.parse import quote

from tests.day.agents import AtWork
from tests.day.people import Talk
from tests.day.setting import Setting
from tests.synapse.clients import CLIENT

_A_ROOM = "1000"
"""Events, more than any conversation of the day has."""


@dataclass
class History:
    """Of one room, as the warden sees it: who spoke without being the one to speak, and whom each of the guest's
    messages was for.
    """

    answers: int = 0
    out_of_turn: list[str] = field(default_factory=list)
    meant_for: dict[str, frozenset[str]] = field(default_factory=dict)
    """By event: the agent and the listeners who were named when it came."""


async def history_of(setting: Setting, talk: Talk) -> History:
    path = f"{CLIENT}/rooms/{quote(talk.room)}/messages"
    page = await setting.warden.ok("GET", path, None, dir="f", limit=_A_ROOM)
    history, agent, listeners, joined = History(), "", frozenset[str](), set[str]()
    for event in page["chunk"]:
        sender = event["sender"]
        match event["type"]:
            case "org.veilleuse.claim":
                agent = event["content"].get("agent", "")
                listeners = frozenset(one["agent"] for one in event["content"].get("listeners", []))
            case "m.room.member":
                change = joined.add if event["content"]["membership"] == "join" else joined.discard
                change(event["state_key"])
            case "m.room.encrypted" if sender == talk.guest.shown.user:
                history.meant_for[event["event_id"]] = listeners | {agent}
            case "m.room.encrypted":
                history.answers += 1
                if sender != agent or sender not in joined:
                    history.out_of_turn.append(f"{talk.reference}: {sender} wrote, {agent or 'nobody'} was named")
    return history


@dataclass
class Verdict:
    """Each list is empty after a good day."""

    lost: list[str] = field(default_factory=list)
    answered_by_two: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    undecryptable: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What the agent it was for never read."""

    overheard: list[str] = field(default_factory=list)
    """What somebody read whom it was not for."""

    figures: dict[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not any(faults for _, faults in self.faults())

    def faults(self) -> list[tuple[str, list[str]]]:
        return [
            ("lost", self.lost),
            ("answered by two at once", self.answered_by_two),
            ("taken out of order", self.out_of_order),
            ("undecryptable on a client", self.undecryptable),
            ("not read by whom it was for", self.unread),
            ("read by whom it was not for", self.overheard),
        ]


async def verdict(setting: Setting, talks: dict[str, Talk], agents: list[AtWork]) -> Verdict:
    """Of everybody who has not left: whoever has is erased."""
    told = Verdict()
    read_by = {one.agent.user_id: await _read_by(one, talks) for one in agents}
    for talk in talks.values():
        if talk.has_left:
            continue
        told.lost += _lost(talk)
        history = await history_of(setting, talk)
        told.answered_by_two += history.out_of_turn
        if not history.answers:
            told.lost.append(f"{talk.reference}: nobody answered")
        for event, readers in history.meant_for.items():
            heard = {agent for agent, read in read_by.items() if event in read}
            told.overheard += [f"{talk.reference}: {event} by {agent}" for agent in heard - readers]
            told.unread += [f"{talk.reference}: {event} by {agent}" for agent in readers - heard]
            told.figures["messages of guests"] = told.figures.get("messages of guests", 0) + 1
        told.figures["messages of agents"] = told.figures.get("messages of agents", 0) + history.answers
    for one in agents:
        for failure in await one.agent.undecryptable():
            told.undecryptable.append(f"{one.agent.user_id}: {failure.event_id} in {failure.room_id}, {failure.reason}")
    return told


async def _read_by(one: AtWork, talks: dict[str, Talk]) -> set[str]:
    """The guests' messages that this agent's client, caught up, has in clear."""
    await one.agent.catches_up()
    rooms = [room for room in await one.agent.rooms() if room in talks and not talks[room].has_left]
    lines = [(room, line) for room in rooms for line in await one.agent.reads(room)]
    return {line.event_id for room, line in lines if line.decrypted and line.sender == talks[room].guest.shown.user}


def _lost(talk: Talk) -> list[str]:
    shown = talk.guest.shown
    faults = [f"{talk.reference}: {text!r} is {delivery}" for text, delivery in shown.own if delivery != "sent"]
    if shown.phase != "ended":
        faults.append(f"{talk.reference}: the page is {shown.phase}")
    if shown.sealed:
        faults.append(f"{talk.reference}: {shown.sealed} messages never became readable")
    return faults
