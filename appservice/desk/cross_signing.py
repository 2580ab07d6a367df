"""Cross-signing, which matrix-nio has not: our own identity, and the question which devices others vouch for.

Keys and signatures: https://spec.matrix.org/latest/client-server-api/#cross-signing
"""

from typing import Any

from signedjson.key import (
    decode_signing_key_base64,
    decode_verify_key_base64,
    encode_signing_key_base64,
    encode_verify_key_base64,
    generate_signing_key,
    get_verify_key,
)
from signedjson.sign import SignatureVerifyException, sign_json, verify_signed_json
from signedjson.types import SigningKey

from appservice.desk.keepsake import Keepsake
from appservice.desk.session import Session
from appservice.domain.errors import ConfigurationError

_USAGES = ("master", "self_signing", "user_signing")
_FILE = "identity.json"


class Identity:
    """The three keys of a bot. The same as long as its directory is kept, whatever device it logs in with."""

    def __init__(self, user_id: str, keepsake: Keepsake) -> None:
        """Draws the keys the first time, and keeps them before anybody sees them."""
        seeds = keepsake.read(_FILE)
        if seeds is None:
            seeds = {usage: encode_signing_key_base64(generate_signing_key("new")) for usage in _USAGES}
            keepsake.write(_FILE, seeds)
        self._user_id = user_id
        self._directory = keepsake.directory
        self._keys = {usage: _signing_key(seeds[usage]) for usage in _USAGES}

    @property
    def master_key(self) -> str:
        """The public key, unpadded base64: what makes this identity the same as another."""
        return self._keys["master"].version

    async def recognise(self, device_id: str, fingerprint: str, session: Session) -> None:
        """Raises `ConfigurationError` if the homeserver knows the bot by another identity, or the device by another
        Ed25519 key: agents would rightly trust neither, and publishing over it would only hide the loss."""
        identity, _, device = await self._published(device_id, session)
        if identity not in (None, self.master_key):
            raise ConfigurationError(
                f"The homeserver knows {self._user_id} by another identity than the one in {self._directory}: "
                "restore that directory from its backup, or give the desk another bot."
            )
        if device is not None and _fingerprint(device, self._user_id, device_id) != fingerprint:
            raise ConfigurationError(
                f"The homeserver has other keys for the device {device_id} of {self._user_id} than {self._directory}: "
                "restore that directory from its backup, or log the bot in again."
            )

    async def vouch_for(self, device_id: str, session: Session) -> None:
        """Publishes the identity if the homeserver has none, and signs the device, recognised and uploaded before.

        Repeatable: what is done is left alone. The first upload of an identity needs no password.
        """
        identity, self_signing, device = await self._published(device_id, session)
        if identity is None:
            await session.ask("POST", "keys", "device_signing", "upload", body=self._public_parts())
        elif self_signing != self._keys["self_signing"].version:
            raise ConfigurationError(f"The homeserver has a self-signing key of {self._user_id} that is not the bot's.")
        if not _is_signed(device, self._user_id, self._keys["self_signing"].version):
            bare = {name: value for name, value in device.items() if name not in ("signatures", "unsigned")}
            signed = sign_json(bare, self._user_id, self._keys["self_signing"])
            await session.ask("POST", "keys", "signatures", "upload", body={self._user_id: {device_id: signed}})

    async def _published(self, device_id: str, session: Session) -> tuple[str | None, str | None, Any]:
        """Master key, self-signing key, and device object, as the homeserver has them; None for what it has not."""
        user = self._user_id
        known = await session.ask("POST", "keys", "query", body={"device_keys": {user: []}})
        return (
            _public_key(known.get("master_keys", {}).get(user)),
            _public_key(known.get("self_signing_keys", {}).get(user)),
            known.get("device_keys", {}).get(user, {}).get(device_id),
        )

    def _public_parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        for usage, key in self._keys.items():
            part = {"user_id": self._user_id, "usage": [usage], "keys": {f"ed25519:{key.version}": key.version}}
            parts[f"{usage}_key"] = part if usage == "master" else sign_json(part, self._user_id, self._keys["master"])
        return parts


def vouched_devices(answer: Any, user_id: str, *, master_key: str | None = None) -> dict[str, str]:
    """Ed25519 keys, by device id, of the user's devices that the user's own identity has signed.

    `answer` is the homeserver's to `keys/query`, and not believed: each signature is checked, from the master key
    through the self-signing key to the device. Where `master_key` is given, no other identity is good enough.
    """
    try:
        master = answer["master_keys"][user_id]
        self_signing = answer["self_signing_keys"][user_id]
        devices = dict(answer["device_keys"][user_id])
    except (KeyError, TypeError, ValueError):
        return {}
    trusted, signing = _public_key(master), _public_key(self_signing)
    if trusted is None or signing is None or master_key not in (None, trusted):
        return {}
    for part, usage in ((master, "master"), (self_signing, "self_signing")):
        if part.get("user_id") != user_id or part.get("usage") != [usage]:
            return {}
    if not _is_signed(self_signing, user_id, trusted):
        return {}
    return {
        device_id: fingerprint
        for device_id, device in devices.items()
        if _is_signed(device, user_id, signing)
        and (fingerprint := _fingerprint(device, user_id, device_id)) is not None
    }


def _signing_key(seed: str) -> SigningKey:
    """Named after its own public part, as cross-signing keys are."""
    public = encode_verify_key_base64(get_verify_key(decode_signing_key_base64("ed25519", "", seed)))
    return decode_signing_key_base64("ed25519", public, seed)


def _public_key(part: Any) -> str | None:
    """The one key of a cross-signing key object; None if it has none, or several."""
    try:
        [(name, key)] = part["keys"].items()
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return key if isinstance(key, str) and name == f"ed25519:{key}" else None


def _fingerprint(device: Any, user_id: str, device_id: str) -> str | None:
    """The device's Ed25519 key; None if the object is not about that device. Who signed it is another question."""
    try:
        (named_user, named_device, key) = device["user_id"], device["device_id"], device["keys"][f"ed25519:{device_id}"]
    except (KeyError, TypeError):
        return None
    return key if (named_user, named_device) == (user_id, device_id) and isinstance(key, str) else None


def _is_signed(part: Any, user_id: str, key: str) -> bool:
    """Whether the user's Ed25519 `key` has signed the object."""
    try:
        verify_signed_json(part, user_id, decode_verify_key_base64("ed25519", key, key))
    except (SignatureVerifyException, AttributeError, KeyError, TypeError, ValueError):
        return False
    return True
