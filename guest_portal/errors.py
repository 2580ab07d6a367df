"""Refusals, in the form that Matrix clients know, rendered in one place: `app.refusals`."""

from typing import Any

from aiohttp import web


class Refusal(Exception):
    """Answered as `{"errcode", "error"}` with its status; the sentence is for people, and holds nothing secret.

    `more` are further keys of the answer.
    """

    def __init__(self, status: int, code: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.more = more

    def answer(self) -> web.Response:
        return web.json_response({"errcode": self.code, "error": self.sentence, **self.more}, status=self.status)


def not_found() -> Refusal:
    return Refusal(404, "M_UNRECOGNIZED", "There is nothing here.")


def malformed(sentence: str) -> Refusal:
    return Refusal(400, "M_BAD_JSON", sentence)
