"""The application service's side of the internal interface: the answer to the question after a conversation."""

from collections.abc import Sequence

from aiohttp import web
from pydantic import ValidationError

from appservice.answering import refusal, shows_one_of
from appservice.domain.feedback import Helped
from appservice.internal_interface import FEEDBACK_PATH, FeedbackRequest
from appservice.usecases.count_feedback import CountFeedback


class FeedbackRoute:
    def __init__(self, count: CountFeedback, tokens: Sequence[str]) -> None:
        self._count = count
        self._tokens = tokens

    def register(self, app: web.Application) -> None:
        app.router.add_post(FEEDBACK_PATH, self.count)

    async def count(self, request: web.Request) -> web.Response:
        if not shows_one_of(request, self._tokens):
            return refusal(401, "VEILLEUSE_UNKNOWN_TOKEN", "Not the portal's.")
        try:
            asked = FeedbackRequest.model_validate_json(await request.read())
        except ValidationError:
            return refusal(400, "M_BAD_JSON", "No answer to the question.")
        await self._count(Helped(asked.answer))
        return web.Response(status=204)
