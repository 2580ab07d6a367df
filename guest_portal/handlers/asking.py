"""`POST /feedback`: the answer to the one question after a conversation, without a session."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from appservice.internal_interface import AppserviceClient, FeedbackNotCounted, FeedbackRequest
from guest_portal.errors import Refusal
from guest_portal.requests import read_model
from guest_portal.tickets import TICKET_LIMIT_CHARACTERS, Tickets

_LIMIT_BYTES = 1024


class Answered(FeedbackRequest):
    ticket: Annotated[str, Field(max_length=TICKET_LIMIT_CHARACTERS)]


class AskingHandlers:
    def __init__(self, appservice: AppserviceClient, tickets: Tickets) -> None:
        self._appservice = appservice
        self._tickets = tickets

    async def count(self, request: web.Request) -> web.Response:
        """204 once it is counted. What goes on to the service is the answer alone."""
        answered = await read_model(request, Answered, _LIMIT_BYTES)
        with self._tickets.use(answered.ticket):
            try:
                await self._appservice.count_feedback(FeedbackRequest(answer=answered.answer))
            except FeedbackNotCounted:
                raise Refusal(503, "VEILLEUSE_NOT_COUNTED", "The answer cannot be counted for the moment.") from None
        return web.Response(status=204)
