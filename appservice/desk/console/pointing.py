"""Which conversation agents point at, by a reply or a reaction: to its announcement, or to what else the bot said."""

import re
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import unquote

from appservice.desk.commands.references import references_in
from appservice.desk.hearing import Heard, OwnWords, Reacted
from appservice.domain.ids import EventId, Reference, RoomId
from appservice.domain.signalement import Signalement
from appservice.ports import Stores

_LINK = re.compile(r"https://matrix\.to/#/([^\s?/]+)(?:/([^\s?/]+))?(?:\?\S*)?")
"""To a room, or to a message in one (specification, appendix "matrix.to navigation")."""


class Recalling(Protocol):
    async def __call__(self, room_id: str, event_id: str) -> OwnWords | None:
        """What the bot itself said there; None: it was somebody else. Raises `HomeserverUnavailable`."""


@dataclass(frozen=True, slots=True)
class Pointed:
    """`references`: one, or those of a list. `elsewhere`: it is a reply, and to nothing that tells."""

    references: tuple[Reference, ...] = ()
    elsewhere: bool = False


class Pointing:
    """Coroutines raise `HomeserverUnavailable`."""

    def __init__(self, stores: Stores, recall: Recalling) -> None:
        self._stores = stores
        self._recall = recall

    async def by_reaction(self, reacted: Reacted) -> Signalement | None:
        """Beside its announcement, or the bot's words in reply to that: a call to those who are there, for one."""
        announced = await self._stores.by_announcement(EventId(reacted.reacts_to))
        if announced is not None:
            return announced
        said = await self._recall(reacted.room_id, reacted.reacts_to)
        if said is None or said.replies_to is None:
            return None
        return await self._stores.by_announcement(EventId(said.replies_to))

    async def spelled_out(self, heard: Heard) -> Heard:
        """With references in the place of links to conversations, or to their announcements, as people copy them."""
        body = heard.body
        for link in _LINK.finditer(heard.body):
            room, event = unquote(link[1]), unquote(link[2] or "")
            linked = self._stores.by_announcement(EventId(event)) if event else self._stores.by_room(RoomId(room))
            signalement = await linked
            if signalement is not None:
                body = body.replace(link[0], signalement.reference)
        return heard if body == heard.body else replace(heard, body=body)

    async def by_reply(self, heard: Heard) -> Pointed:
        """The message replied to tells, or else the one that the thread began with."""
        for event in (heard.replies_to, heard.thread):
            if event is not None:
                references = await self._told_by(heard.room_id, event)
                if references:
                    return Pointed(references)
                if references is None and event == heard.replies_to:
                    return Pointed(elsewhere=True)
        return Pointed()

    async def _told_by(self, room_id: str, event: str) -> tuple[Reference, ...] | None:
        """None: it tells of none, and is not even the bot's; or what it tells of is gone."""
        announced = await self._stores.by_announcement(EventId(event))
        if announced is not None:
            return (announced.reference,)
        said = await self._recall(room_id, event)
        if said is None:
            return None
        named = references_in(said.text)
        there = tuple([each for each in named if await self._stores.by_reference(each) is not None])
        return there if there or not named else None
