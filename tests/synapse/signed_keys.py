"""What a client uploads before anybody can write to it: signed where others look, and as large as the page's."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from signedjson.key import encode_verify_key_base64, generate_signing_key, get_verify_key
from signedjson.sign import sign_json
from signedjson.types import SigningKey

from tests.synapse.clients import CLIENT, Person

ONE_TIME_KEYS = 50
"""As many as the encryption machine of the page uploads at once."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SignedKeys:
    """The bodies of the three requests, ready to be sent."""

    device: Json
    cross_signing: Json
    signatures: Json

    async def upload(self, person: Person) -> None:
        await person.ask.ok("POST", f"{CLIENT}/keys/upload", self.device)
        await person.ask.ok("POST", f"{CLIENT}/keys/device_signing/upload", self.cross_signing)
        answer = await person.ask.ok("POST", f"{CLIENT}/keys/signatures/upload", self.signatures)
        assert not answer.get("failures"), answer


def keys_of(user_id: str, device_id: str, one_time_keys: int = ONE_TIME_KEYS) -> SignedKeys:
    """Of a device that its owner vouches for: others give it room keys, though nobody could read them."""
    own, master, self_signing, user_signing = (generate_signing_key("k") for _ in range(4))
    own.version = device_id
    device = sign_json(
        {
            "user_id": user_id,
            "device_id": device_id,
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "keys": {f"ed25519:{device_id}": _public(own), f"curve25519:{device_id}": _key()},
        },
        user_id,
        own,
    )
    one_time = {f"signed_curve25519:AAA{number:03}": _signed_key(user_id, own) for number in range(one_time_keys)}
    fallback = {"signed_curve25519:FFFFFF": _signed_key(user_id, own) | {"fallback": True}}
    master.version = _public(master)
    usages = (("master", master), ("self_signing", self_signing), ("user_signing", user_signing))
    cross_signing = {f"{usage}_key": _cross_signing_key(user_id, usage, key, master) for usage, key in usages}
    self_signing.version = _public(self_signing)
    signed = sign_json(dict(device), user_id, self_signing)
    return SignedKeys(
        {"device_keys": device, "one_time_keys": one_time, "fallback_keys": fallback},
        cross_signing,
        {user_id: {device_id: signed}},
    )


def _cross_signing_key(user_id: str, usage: str, key: SigningKey, master: SigningKey) -> Json:
    public = _public(key)
    described = {"user_id": user_id, "usage": [usage], "keys": {f"ed25519:{public}": public}}
    return described if key is master else sign_json(described, user_id, master)


def _signed_key(user_id: str, own: SigningKey) -> Json:
    return sign_json({"key": _key()}, user_id, own)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def _public(key: SigningKey) -> str:
    return str(encode_verify_key_base64(get_verify_key(key)))
