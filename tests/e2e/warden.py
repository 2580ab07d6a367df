"""The warden's hand, where a test needs a moment that nothing else brings about."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from ruamel.yaml import YAML

from tests.e2e.conftest import Running

STATION = {
    "kind": "complaint", "name": "Brigade de gendarmerie de Rambouillet", "address": "2 rue de l’Exemple, 78120",
    "phone": "01 61 08 00 00", "hours": ["lun-ven 8:00-12:00", "sam 9:00-12:00"], "call_first": True,
    "source": "Service-Public.gouv.fr / DILA", "as_of": "2016-02-11", "has_desk": False,
}  # fmt: skip


class Warden:
    """Acts with the application service's token."""

    def __init__(self, running: Running) -> None:
        with open(running.endpoints["registration"]) as file:
            self._headers = {"Authorization": f"Bearer {YAML(typ='safe').load(file)['as_token']}"}
        self._client = f"{running.endpoints['homeserver']}/_matrix/client/v3"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def proposes(self, room: str, proposal: str, content: dict[str, Any]) -> None:
        """A complaint or an association; withdrawn with `{}`."""
        await self._sets(room, "org.veilleuse.orientation", proposal, content)

    async def ends(self, room: str) -> None:
        await self._sets(room, "org.veilleuse.closed", "", {})

    async def tells_the_place(self, guest: str, place: int, minutes: int | None) -> None:
        content = {"messages": {guest: {"*": {"place": place, "minutes": minutes}}}}
        await self._asks("PUT", f"/sendToDevice/org.veilleuse.place/{uuid4()}", content)

    async def answer_of(self, room: str, guest: str) -> dict[str, Any]:
        """What the guest has answered, as it stands in the room; empty before."""
        path = f"/rooms/{quote(room)}/state/org.veilleuse.answer/{quote(guest)}"
        async with self._session.get(self._client + path, headers=self._headers) as answer:
            content: dict[str, Any] = await answer.json()
            return content if answer.status == 200 else {}

    async def opens_a_room_with(self, bot: str, guests: Sequence[str]) -> str:
        """An encrypted one, to which `guests` are invited, and in which one of the service's bots is."""
        encrypted = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        content = {"preset": "private_chat", "invite": [bot, *guests], "initial_state": [encrypted]}
        room: str = (await self._asks("POST", "/createRoom", content))["room_id"]
        await self._asks("POST", f"/rooms/{quote(room)}/join?user_id={quote(bot)}", {})
        return room

    async def invites(self, room: str, user: str) -> None:
        await self._asks("POST", f"/rooms/{quote(room)}/invite", {"user_id": user})

    async def puts_out(self, room: str, user: str) -> None:
        await self._asks("POST", f"/rooms/{quote(room)}/kick", {"user_id": user})

    async def _sets(self, room: str, kind: str, state_key: str, content: dict[str, Any]) -> None:
        await self._asks("PUT", f"/rooms/{quote(room)}/state/{kind}/{quote(state_key)}", content)

    async def _asks(self, method: str, path: str, content: dict[str, Any]) -> Any:
        async with self._session.request(method, self._client + path, json=content, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()
