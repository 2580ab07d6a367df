"""The guests' accounts: made by the application service, erased by it, and never an administrator's business."""

from appservice.domain.errors import HomeserverRefused
from appservice.domain.ids import GUEST_PREFIX, UserId
from appservice.domain.signalement import Role
from appservice.matrix.requests import CLIENT, Requests, segment
from appservice.ports import GuestAccount

# Agents read French; Element shows a display name large.
_DISPLAY_NAMES = {
    Role.VICTIM: "Victime",
    Role.WITNESS: "Témoin",
    Role.RELATIVE: "Proche",
    Role.PROFESSIONAL: "Professionnel",
}


class MatrixGuests:
    """Implements the port `Guests`."""

    def __init__(self, requests: Requests, server_name: str) -> None:
        self._requests = requests
        self._server_name = server_name

    def name(self, token: str) -> UserId:
        return UserId(f"@{GUEST_PREFIX}{token}:{self._server_name}")

    def is_guest(self, user: UserId) -> bool:
        return user.startswith(f"@{GUEST_PREFIX}") and user.endswith(f":{self._server_name}")

    async def register(self, guest: UserId) -> GuestAccount:
        localpart = guest[1:].partition(":")[0]
        account = await self._requests(
            "POST", f"{CLIENT}/register", {"type": "m.login.application_service", "username": localpart}
        )
        return GuestAccount(guest, account["device_id"], account["access_token"])

    async def introduce(self, guest: UserId, role: Role) -> None:
        await self._requests(
            "PUT",
            f"{CLIENT}/profile/{segment(guest)}/displayname",
            {"displayname": _DISPLAY_NAMES[role]},
            acting_as=guest,
        )

    async def revoke(self, guest: UserId) -> None:
        try:
            await self._requests("POST", f"{CLIENT}/account/deactivate", {"erase": True}, acting_as=guest)
        except HomeserverRefused as refusal:
            # Deactivated by an earlier run, or never registered: what was wanted is so.
            if refusal.code not in ("M_USER_DEACTIVATED", "M_FORBIDDEN"):
                raise
