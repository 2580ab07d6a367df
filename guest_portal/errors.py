"""Refusals, in the form that Matrix clients know, rendered in one place: `app.refusals`."""

from aiohttp import web


class Refusal(Exception):
    """Answered as `{"errcode", "error"}` with its status; the sentence is for people, and holds nothing secret."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence

    def answer(self) -> web.Response:
        return web.json_response({"errcode": self.code, "error": self.sentence}, status=self.status)


def not_found() -> Refusal:
    return Refusal(404, "M_UNRECOGNIZED", "There is nothing here.")


def malformed(sentence: str) -> Refusal:
    return Refusal(400, "M_BAD_JSON", sentence)
