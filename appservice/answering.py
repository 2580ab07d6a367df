"""How routes know who asks, and refuse."""

import hmac
from collections.abc import Sequence

from aiohttp import web


def shows_one_of(request: web.Request, tokens: Sequence[str]) -> bool:
    """Whether its Authorization header has one of them. How long that takes tells nothing about the tokens."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    return any([hmac.compare_digest(given, token.encode()) for token in tokens])


def refusal(status: int, code: str, sentence: str) -> web.Response:
    """In Matrix's form: `errcode`, `error`."""
    return web.json_response({"errcode": code, "error": sentence}, status=status)
