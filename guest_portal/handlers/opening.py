"""`GET /challenge`, `POST /open`, `POST /ready`: from the press on *start* to a room that agents may know of."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from appservice.internal_interface import AppserviceClient, CommuneNeeded, NotThere, OpeningFailed, OpeningRequest
from guest_portal.entry import Entry
from guest_portal.errors import Refusal
from guest_portal.handlers.relaying import relayed, session_of
from guest_portal.homeserver import GuestHomeserver
from guest_portal.proofs import PROOF_LIMIT_CHARACTERS
from guest_portal.relay import CLIENT
from guest_portal.requests import read_model
from guest_portal.sessions import Session, SessionSealer
from guest_portal.tickets import Tickets

_OPENING_LIMIT_BYTES = 4 * 1024
_TRY_AGAIN_AFTER = timedelta(seconds=2)


class Asked(OpeningRequest):
    """What the person said, with the proof of work."""

    proof: Annotated[str, Field(max_length=PROOF_LIMIT_CHARACTERS)] = ""

    def request(self) -> OpeningRequest:
        return OpeningRequest.model_validate(self.model_dump(exclude={"proof"}))


class OpeningHandlers:
    def __init__(
        self,
        appservice: AppserviceClient,
        homeserver: GuestHomeserver,
        sealer: SessionSealer,
        entry: Entry,
        tickets: Tickets,
    ) -> None:
        self._appservice = appservice
        self._homeserver = homeserver
        self._sealer = sealer
        self._entry = entry
        self._tickets = tickets

    async def challenge(self, request: web.Request) -> web.Response:
        return web.json_response(self._entry.challenge(request))

    async def open(self, request: web.Request) -> web.Response:
        asked = await read_model(request, Asked, _OPENING_LIMIT_BYTES)
        try:
            async with self._entry.turn(request, asked.proof, asked.postal_code):
                opened = await self._appservice.open(asked.request())
        except CommuneNeeded as question:
            return web.json_response(question.answer.model_dump(), status=409)
        except NotThere:  # though it was tried for ten seconds: who waits is to know
            raise _failed() from None
        except OpeningFailed:  # the homeserver starts again, say
            raise _failed(retry_after_ms=int(_TRY_AGAIN_AFTER / timedelta(milliseconds=1))) from None
        session = Session(
            user_id=opened.user_id,
            device_id=opened.device_id,
            access_token=opened.access_token,
            room_id=opened.room_id,
            warden=opened.warden,
        )
        public = session.model_dump(exclude={"access_token"})
        sealed = {"session": self._sealer.seal(session), "ticket": self._tickets.new()}
        return web.json_response({**sealed, "reference": opened.reference, **public}, status=201)

    async def ready(self, request: web.Request) -> web.Response:
        """The guest takes its place in its room. The page asks for it once its device can decrypt, and not before."""
        guest = session_of(request, self._sealer)
        room = quote(guest.room_id, safe="")
        return relayed(await self._homeserver.request(guest, "POST", f"{CLIENT}/rooms/{room}/join", body={}))


def _failed(**more: Any) -> Refusal:
    return Refusal(503, "VEILLEUSE_OPENING_FAILED", "No conversation can be opened for the moment.", **more)
