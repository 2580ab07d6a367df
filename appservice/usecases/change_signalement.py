"""One transition, decided on what is stored: read, decide, store; again if somebody else was faster.

Every act on a signalement goes through here. What `decide` or a hook writes besides, such as an audit entry, is in the
same transaction as the transition: both take place, or neither.
"""

from collections.abc import Awaitable, Callable

from appservice.domain.audit.acts import Act
from appservice.domain.errors import Superseded
from appservice.domain.ids import Reference, RoomId, SignalementId
from appservice.domain.refusals import NoSuchSignalement
from appservice.domain.signalement import Signalement
from appservice.ports import Stores

Find = Callable[[], Awaitable[Signalement | None]]
Decide = Callable[[Signalement], Awaitable[Signalement]]
Hook = Callable[[Signalement, Signalement, Act], Awaitable[None]]
Listener = Callable[[Signalement, Signalement], None]

OWN = Act()
"""The service's own doing."""

_TRIES = 20  # each failure is somebody else's success; so many in a row is a fault of ours


class ChangeSignalement:
    """`Decide` is given what is stored and returns what is to be stored instead, or the same for no change; it may
    raise to refuse, and may run several times. It must not ask the homeserver: the transaction is open.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._hooks: list[Hook] = []
        self._listeners: list[Listener] = []

    def within(self, hook: Hook) -> None:
        """Awaits it in the transaction of each change, with what was, what will be, and whose act it is. In order."""
        self._hooks.append(hook)

    def listen(self, listener: Listener) -> None:
        """Calls back after each change, once it is stored, with what was and what is."""
        self._listeners.append(listener)

    async def by_reference(self, reference: Reference, decide: Decide, act: Act = OWN) -> Signalement:
        """What is stored in the end. Raises `NoSuchSignalement`, and whatever `decide` raises."""
        return await self._change(lambda: self._stores.by_reference(reference), decide, act)

    async def by_room(self, room: RoomId, decide: Decide, act: Act = OWN) -> Signalement:
        """As `by_reference`."""
        return await self._change(lambda: self._stores.by_room(room), decide, act)

    async def by_id(self, signalement_id: SignalementId, decide: Decide, act: Act = OWN) -> Signalement:
        """As `by_reference`."""
        return await self._change(lambda: self._stores.by_id(signalement_id), decide, act)

    async def record(self, signalement: Signalement, act: Act) -> None:
        """What is worth recording of a signalement, though it stays as it is. Joins the transaction that is open."""
        async with self._stores.transaction():
            for hook in self._hooks:
                await hook(signalement, signalement, act)

    async def _change(self, find: Find, decide: Decide, act: Act) -> Signalement:
        for tries_left in reversed(range(_TRIES)):
            try:
                before, after = await self._once(find, decide, act)
                break
            except Superseded:
                if not tries_left:
                    raise
        if after is not before:
            for listener in self._listeners:
                listener(before, after)
        return after

    async def _once(self, find: Find, decide: Decide, act: Act) -> tuple[Signalement, Signalement]:
        async with self._stores.transaction():
            before = await find()
            if before is None:
                raise NoSuchSignalement("there is no such signalement")
            after = await decide(before)
            if after is not before:
                if after.desk_id != before.desk_id:
                    await self._stores.note_departure(before)
                await self._stores.replace(before, after)
                for hook in self._hooks:
                    await hook(before, after, act)
        return before, after
