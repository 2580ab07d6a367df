"""What the desk bot said itself, read again on the homeserver: agents reply and react to it long after."""

from typing import Any

from nio import EncryptionError, Event, MegolmEvent, RoomMessageNotice, RoomMessageText

from appservice.desk.device import Device
from appservice.desk.hearing import OwnWords, event_id_in, relation_in
from appservice.desk.session import Session
from appservice.domain.errors import HomeserverRefused


async def recalled(user_id: str, device: Device, session: Session, room_id: str, event_id: str) -> OwnWords | None:
    """None: somebody else said it, it is no text, or nobody can read it any more. Raises `HomeserverUnavailable`."""
    try:
        answer = await session.ask("GET", "rooms", room_id, "event", event_id)
    except HomeserverRefused:
        return None
    if not isinstance(answer, dict) or (answer.get("sender"), answer.get("event_id")) != (user_id, event_id):
        return None
    event = Event.parse_event(answer)
    if not isinstance(event, MegolmEvent):
        return None
    event.room_id = room_id
    try:
        said: Any = device.nio.decrypt_event(event)
    except EncryptionError:
        return None
    if not isinstance(said, RoomMessageText | RoomMessageNotice) or not said.verified:
        return None
    return OwnWords(said.body, event_id_in(relation_in(said.source).get("m.in_reply_to")))
