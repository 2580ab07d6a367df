"""The desk bot's device: end-to-end encryption by matrix-nio, with what matrix-nio leaves to chance made certain.

Its olm machine is used without its network client, which would take a key for shared that did not arrive, and forget
one-time keys that it had published.
"""

import asyncio
import secrets
from collections.abc import Iterable
from typing import Any

from nio import (
    Client,
    ClientConfig,
    JoinedMembersResponse,
    KeysClaimResponse,
    KeysQueryResponse,
    KeysUploadResponse,
)
from nio.crypto import Olm, OlmDevice
from nio.store import SqliteStore

from appservice.desk.cross_signing import Identity, vouched_devices
from appservice.desk.keepsake import Keepsake
from appservice.desk.session import Session
from appservice.domain.errors import HomeserverUnavailable


class Device:
    """Keys of the bot, and of the devices it talks with. Each method is safe to repeat after it has raised.

    `nio` is the state that syncs feed; keys reach the network from here alone. Coroutines raise as `Session.ask` does.
    One sync loop and one sender may use it at the same time.
    """

    def __init__(self, user_id: str, device_id: str, access_token: str, session: Session, keepsake: Keepsake) -> None:
        """Opens the key store, or makes one. Nothing is sent yet."""
        config = ClientConfig(store=SqliteStore, store_name="keys.db", pickle_key=keepsake.secret("pickle_key.json"))
        self.nio = Client(user_id, device_id, str(keepsake.directory), config)
        self.nio.restore_login(user_id, device_id, access_token)
        self._olm: Olm = self.nio.olm
        self._session = session
        self._identity = Identity(user_id, keepsake)
        self._learning = asyncio.Lock()

    def close(self) -> None:
        """Closes the key store."""
        self.nio.store.database.close()

    async def publish(self) -> None:
        """Uploads the device's keys and the identity, and has the identity vouch for the device, where not done yet.

        Raises `ConfigurationError` too, before anything is uploaded, if the homeserver has other keys than ours.
        """
        device_id, fingerprint = self._olm.device_id, self._olm.account.identity_keys["ed25519"]
        await self._identity.recognise(device_id, fingerprint, self._session)
        if not self._olm.account.shared:
            await self._upload_keys()
        await self._identity.vouch_for(device_id, self._session)

    async def keep_up(self, one_time_keys: int) -> None:
        """What is due after each sync. `one_time_keys` is how many the homeserver says it has left of ours."""
        self._olm.uploaded_key_count = one_time_keys  # nio itself takes 0 for "not said"
        if self._olm.should_upload_keys:
            await self._upload_keys()
        if self.nio.should_claim_keys:
            await self._claim(self._olm.get_users_for_key_claiming())
        for message in list(self.nio.outgoing_to_device_messages):
            await self._send_to_devices(message.type, message.as_dict()["messages"])
            self.nio.outgoing_to_device_messages.remove(message)

    async def learn_devices(self) -> None:
        """Asks for the devices of everybody whose devices may have changed, and decides which are trusted."""
        async with self._learning:
            while users := set(self._olm.users_for_key_query):
                # Taken off first: whoever changes while the answer is on its way is asked for again.
                self._olm.users_for_key_query -= users
                try:
                    await self._learn_devices_of(users)
                except BaseException:
                    self._olm.users_for_key_query |= users
                    raise

    async def _learn_devices_of(self, users: set[str]) -> None:
        answer = await self._session.ask(
            "POST", "keys", "query", body={"device_keys": {user: [] for user in sorted(users)}}
        )
        vouched = {user: vouched_devices(answer, user, master_key=self._only_identity_of(user)) for user in users}
        changed_meanwhile = set(self._olm.users_for_key_query)
        self._receive(KeysQueryResponse.from_dict(answer), KeysQueryResponse)
        self._olm.users_for_key_query |= changed_meanwhile
        for user in users:
            for device in self._olm.device_store.active_user_devices(user):
                if vouched[user].get(device.id) == device.ed25519:
                    self.nio.verify_device(device)
                else:
                    self.nio.blacklist_device(device)

    def _only_identity_of(self, user: str) -> str | None:
        return self._identity.master_key if user == self._olm.user_id else None

    async def encrypted(self, room_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """The content of an m.room.encrypted event that says `content` in an m.room.message.

        The key is with every device that a joined member vouches for, and with no other. The room must be known from
        a sync, and known to be encrypted.
        """
        while True:
            if not self.nio.rooms[room_id].members_synced:
                await self._learn_members(room_id)
            await self.learn_devices()
            recipients = self._recipients(room_id)
            await self._open_channels(recipients)
            reachable = {key for key, device in recipients.items() if self._olm.session_store.get(device.curve25519)}
            if not self._is_shared_with(room_id, reachable):
                await self._share_new_key(room_id, {user for user, _ in reachable})
            # A member, or a device, may have come or gone while the key was under way.
            if self._is_shared_with(room_id, reachable) and self._recipients(room_id).keys() == recipients.keys():
                encrypted: dict[str, Any] = self.nio.encrypt(room_id, "m.room.message", content)[1]
                return encrypted

    def _recipients(self, room_id: str) -> dict[tuple[str, str], OlmDevice]:
        """Trusted devices of joined members, by user and device id."""
        return {
            (user.user_id, device.id): device
            for user in self.nio.rooms[room_id].users.values()
            if not user.invited
            for device in self._olm.device_store.active_user_devices(user.user_id)
            if device.verified
        }

    def _is_shared_with(self, room_id: str, devices: set[tuple[str, str]]) -> bool:
        """Whether exactly these have the room's key, and the key is still good."""
        key = self._olm.outbound_group_sessions.get(room_id)
        return key is not None and key.shared and not key.expired and key.users_shared_with == devices

    async def _share_new_key(self, room_id: str, users: Iterable[str]) -> None:
        self._olm.create_outbound_group_session(room_id)
        key = self._olm.outbound_group_sessions[room_id]
        for devices, body in self._olm.share_group_session_parallel(room_id, sorted(users)):
            await self._send_to_devices("m.room.encrypted", body["messages"])
            key.users_shared_with |= devices
        key.shared = True

    async def _open_channels(self, recipients: dict[tuple[str, str], OlmDevice]) -> None:
        """Makes an Olm session with each device that we have none with; one without a key left to claim stays so."""
        wanted: dict[str, list[str]] = {}
        for (user_id, device_id), device in recipients.items():
            if not self._olm.session_store.get(device.curve25519):
                wanted.setdefault(user_id, []).append(device_id)
        if wanted:
            await self._claim(wanted)

    async def _claim(self, devices: dict[str, list[str]]) -> None:
        wanted = {user: {device: "signed_curve25519" for device in ids} for user, ids in devices.items()}
        answer = await self._session.ask("POST", "keys", "claim", body={"one_time_keys": wanted})
        self._receive(KeysClaimResponse.from_dict(answer), KeysClaimResponse)

    async def _upload_keys(self) -> None:
        keys = self._olm.share_keys()
        # Kept before they are published: a private half forgotten in a crash would make a message unreadable for ever.
        self._olm.save_account()
        answer = await self._session.ask("POST", "keys", "upload", body=keys)
        self._receive(KeysUploadResponse.from_dict(answer), KeysUploadResponse)

    async def _learn_members(self, room_id: str) -> None:
        answer = await self._session.ask("GET", "rooms", room_id, "joined_members")
        self._receive(JoinedMembersResponse.from_dict(answer, room_id), JoinedMembersResponse)

    async def _send_to_devices(self, event_type: str, messages: dict[str, Any]) -> None:
        await self._session.ask("PUT", "sendToDevice", event_type, secrets.token_hex(16), body={"messages": messages})

    def _receive(self, response: Any, expected: type) -> None:
        """Lets nio take in an answer; one that it cannot use is as good as none."""
        if not isinstance(response, expected):
            raise HomeserverUnavailable(f"an answer that is not a {expected.__name__}")
        self.nio.receive_response(response)
