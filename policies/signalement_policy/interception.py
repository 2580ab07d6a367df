"""Where the module stands in Synapse's way: each place that everything of one kind passes, in this process.

Synapse offers modules no callback for these, or one that costs every room of the homeserver. Each place is a private
interface of Synapse: one that is not there any more stops Synapse's start, so that no rule is ever off unnoticed.

A check returns if what it is asked about may go on, and raises a `SynapseError` if not.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from synapse.api.constants import EduTypes
from synapse.config import ConfigError
from synapse.events import EventBase
from synapse.events.snapshot import UnpersistedEventContextBase
from synapse.handlers.delayed_events import DelayedEventsHandler
from synapse.http.server import JsonResource
from synapse.module_api import NOT_SPAM, Requester, SynapseRequest

from policies.signalement_policy.homeserver import Homeserver


def before_each_request(homeserver: Homeserver, check: Callable[[SynapseRequest], Awaitable[None]]) -> None:
    """Every request to the client-server, media and administrators' interfaces, whether it has an endpoint or not."""
    original = JsonResource._async_render

    @functools.wraps(original)
    async def render(resource: JsonResource, request: SynapseRequest) -> tuple[int, Any]:
        if resource.hs is homeserver.hs:
            await check(request)
        return await original(resource, request)

    setattr(JsonResource, "_async_render", render)  # noqa: B010 (mypy refuses the assignment)


def before_each_event(homeserver: Homeserver, check: Callable[[EventBase], Awaitable[None]]) -> None:
    """Every event that this homeserver makes, or takes from another one, before it is authorised.

    The public callback `check_event_allowed` would load the whole state of every room for every event.
    """
    rules = homeserver.hs.get_module_api_callbacks().third_party_event_rules
    original = rules.check_event_allowed

    @functools.wraps(original)
    async def check_event_allowed(
        event: EventBase, context: UnpersistedEventContextBase
    ) -> tuple[bool, dict[str, Any] | None]:
        await check(event)
        return await original(event, context)

    setattr(rules, "check_event_allowed", check_event_allowed)  # noqa: B010 (mypy refuses the assignment)


def before_each_device(homeserver: Homeserver, check: Callable[[str, str | None], Awaitable[None]]) -> None:
    """Every device that is made, by a login, a registration, keys, or an application service. Asked with the user's id
    and the device's, `None` if Synapse is to choose it.
    """
    devices = homeserver.hs.get_device_handler()
    for method in ("check_device_registered", "upsert_device"):
        _before(devices, method, check, "user_id", "device_id")


def before_each_login(homeserver: Homeserver, check: Callable[[str], Awaitable[None]]) -> None:
    """Every token that is given out, by a login or a registration, on a new device or on one that there is. Asked with
    the user's id.
    """
    _before(homeserver.hs.get_registration_handler(), "register_device", check, "user_id")


def before_each_upload_of_keys(homeserver: Homeserver, check: Callable[[str], Awaitable[None]]) -> None:
    """Keys of devices and keys of cross-signing. Asked with the user's id."""
    keys = homeserver.hs.get_e2e_keys_handler()
    for method in ("upload_keys_for_user", "upload_device_keys_for_user", "upload_signing_keys_for_user"):
        _before(keys, method, check, "user_id")


def before_each_to_device(
    homeserver: Homeserver, check: Callable[[Requester, dict[str, Any]], Awaitable[None]]
) -> None:
    """Messages to devices from this homeserver's users. Asked with the sender, and the messages by recipient."""
    _before(homeserver.hs.get_device_message_handler(), "send_device_message", check, "requester", "messages")


def before_each_foreign_to_device(homeserver: Homeserver, check: Callable[[str, Any], Awaitable[None]]) -> None:
    """Messages to devices from other homeservers, where this process takes them. Asked with the server, and what it
    sends.
    """
    handlers = homeserver.hs.get_federation_registry().edu_handlers
    original = handlers.get(EduTypes.DIRECT_TO_DEVICE)
    if original is not None:

        @functools.wraps(original)
        async def checked(origin: str, content: dict[str, Any]) -> None:
            await check(origin, content)
            await original(origin, content)

        handlers[EduTypes.DIRECT_TO_DEVICE] = checked


def before_each_foreign_invitation(homeserver: Homeserver, check: Callable[[EventBase], Awaitable[None]]) -> None:
    """Of one of this homeserver's users, by another homeserver."""

    async def may_invite(event: EventBase) -> Literal["NOT_SPAM"]:
        await check(event)
        return NOT_SPAM

    homeserver.api.register_spam_checker_callbacks(federated_user_may_invite=may_invite)


def before_each_invitation_by_address(
    homeserver: Homeserver, check: Callable[[Requester, str], Awaitable[None]]
) -> None:
    """By e-mail or telephone, before anybody is asked whose it is. Asked with who invites, and the room."""
    _before(homeserver.hs.get_room_member_handler(), "do_3pid_invite", check, "requester", "room_id")


def before_each_delayed_event(homeserver: Homeserver, check: Callable[[Requester, str], Awaitable[None]]) -> None:
    """What Synapse is to keep, and to send later (MSC4140). Asked with who sends it, and the room."""

    async def of_this_homeserver(handler: DelayedEventsHandler, requester: Requester, room_id: str) -> None:
        if handler.hs is homeserver.hs:
            await check(requester, room_id)

    # The handler itself begins to send as soon as it is there: too early now.
    _before(DelayedEventsHandler, "add", of_this_homeserver, "self", "requester", "room_id")


def before_each_room(homeserver: Homeserver, check: Callable[[Requester, Any], Awaitable[None]]) -> None:
    """Asked with who creates a room, and the body of the request."""
    _before(homeserver.hs.get_room_creation_handler(), "create_room", check, "requester", "config")


def before_each_alias(homeserver: Homeserver, check: Callable[[Requester, str], Awaitable[None]]) -> None:
    """Asked with who gives a room an alias, and the room."""
    _before(homeserver.hs.get_directory_handler(), "create_association", check, "requester", "room_id")


def before_each_publication(homeserver: Homeserver, check: Callable[[str, str, str], Awaitable[None]]) -> None:
    """Asked with who edits a room's entry in a directory, an application service's own included, the room, and `public`
    or `private`.
    """

    async def by_somebody(requester: Requester, room_id: str, visibility: str) -> None:
        await check(requester.user.to_string(), room_id, visibility)

    async def by_service(service: str, room_id: str, visibility: str) -> None:
        await check(homeserver.sender_of_service(service), room_id, visibility)

    directory = homeserver.hs.get_directory_handler()
    _before(directory, "edit_published_room_list", by_somebody, "requester", "room_id", "visibility")
    _before(directory, "edit_published_appservice_room_list", by_service, "appservice_id", "room_id", "visibility")


def _before(handler: object, method: str, check: Callable[..., Awaitable[None]], *parameters: str) -> None:
    """Has `check` asked before `method`, with these of its arguments. Raises `ConfigError` if it has no such ones."""
    original = getattr(handler, method, None)
    signature = inspect.signature(original) if callable(original) else None
    if original is None or signature is None or not signature.parameters.keys() >= set(parameters):
        raise ConfigError(f"signalement_policy: this Synapse is not known to the module ({method}): update the module")

    @functools.wraps(original)
    async def checked(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        await check(*(given.get(name) for name in parameters))
        return await original(*args, **kwargs)

    setattr(handler, method, checked)
