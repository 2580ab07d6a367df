"""Reading what the page sends: limited in size, parsed into a typed form, or refused."""

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from guest_portal.errors import Refusal, malformed

Model = TypeVar("Model", bound=BaseModel)


async def read_limited(request: web.Request, limit_bytes: int) -> bytes:
    """The body. Raises a `Refusal`: 413 once it is longer than `limit_bytes`, 400 if it is not encoded as it says."""
    too_large = Refusal(413, "M_TOO_LARGE", f"At most {limit_bytes} bytes are taken here.")
    if request.content_length is not None and request.content_length > limit_bytes:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit_bytes:
                raise too_large
    except web.RequestPayloadError:
        raise malformed("The body is not encoded as it says.") from None
    return bytes(body)


async def read_model(request: web.Request, model: type[Model], limit_bytes: int) -> Model:
    """The body as `model`; an empty body counts as `{}`. Raises a 400 or 413 `Refusal`."""
    body = await read_limited(request, limit_bytes)
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as errors:
        places = sorted({str(error["loc"][0]) if error["loc"] else "the body" for error in errors.errors()})
        raise malformed(f"Not as it must be: {', '.join(places)[:200]}.") from None
