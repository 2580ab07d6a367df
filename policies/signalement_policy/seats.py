"""Puts agents into the rooms of their desk: Spaces, desk rooms, team rooms; into a signalement only who is invited."""

from synapse.api.errors import NotFoundError
from synapse.module_api import UserID
from synapse.module_api.errors import Codes, SynapseError

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.members import current_members, ever_members


async def seat(homeserver: Homeserver, room_id: str, user_id: str) -> None:
    """Makes an ordinary local user a member, as if the warden had invited and the user accepted. Nothing if it is one.

    Into a room where a guest is or was, only who is invited: an agent who takes a signalement in the desk's room
    finds it joined. The invitation is the warden's, as nobody else can invite there.

    Raises a 404 M_NOT_FOUND if there is no such user; a 403 M_FORBIDDEN if the user is an application service's,
    deactivated or of another homeserver, or not invited to a guest's room; or if the room itself refuses.
    """
    members = await homeserver.transaction("veilleuse_members", ever_members, room_id)
    membership = (await homeserver.transaction("veilleuse_current", current_members, room_id)).get(user_id)
    if any(homeserver.is_guest(member) for member in members) and membership not in ("invite", "join"):
        raise SynapseError(403, "Only who is invited is seated in a guest's room", Codes.FORBIDDEN)
    await require_ordinary(homeserver, user_id)
    if membership == "join":
        return
    if membership != "invite":
        await homeserver.api.update_room_membership(homeserver.warden, user_id, room_id, "invite")
    await homeserver.api.update_room_membership(user_id, user_id, room_id, "join")


async def require_ordinary(homeserver: Homeserver, user_id: str) -> None:
    """Raises a 404 M_NOT_FOUND or a 403 M_FORBIDDEN unless it is a person's active account on this homeserver."""
    if not UserID.is_valid(user_id) or not homeserver.api.is_mine(user_id):
        raise SynapseError(403, "Only users of this homeserver can be seated", Codes.FORBIDDEN)
    account = await homeserver.api.get_userinfo_by_id(user_id)
    if account is None:
        raise NotFoundError("There is no such user")
    if account.appservice_id is not None or account.is_guest or account.is_deactivated:
        raise SynapseError(403, "Only ordinary, active accounts can be seated", Codes.FORBIDDEN)
