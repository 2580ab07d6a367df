"""Which devices the desk bot trusts, when the homeserver's answer may be anything."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from signedjson.key import (
    decode_signing_key_base64,
    encode_signing_key_base64,
    encode_verify_key_base64,
    generate_signing_key,
    get_verify_key,
)
from signedjson.sign import sign_json
from signedjson.types import SigningKey

from appservice.desk.cross_signing import vouched_devices

AGENT = "@agent:veilleuse.test"


def cross_signing_key() -> SigningKey:
    key = generate_signing_key("new")
    return decode_signing_key_base64(
        "ed25519", encode_verify_key_base64(get_verify_key(key)), encode_signing_key_base64(key)
    )


def part(usage: str, key: SigningKey, owner: str = AGENT) -> dict[str, Any]:
    return {"user_id": owner, "usage": [usage], "keys": {f"ed25519:{key.version}": key.version}}


def device(device_id: str, owner: str = AGENT) -> dict[str, Any]:
    return {
        "user_id": owner,
        "device_id": device_id,
        "algorithms": [],
        "keys": {f"ed25519:{device_id}": f"fingerprint of {device_id}", f"curve25519:{device_id}": "curve"},
    }


class Identity:
    """An agent's identity, and the homeserver's honest answer about it: one signed device, one that is not."""

    def __init__(self) -> None:
        self.master, self.self_signing = cross_signing_key(), cross_signing_key()
        self.answer: dict[str, Any] = {
            "master_keys": {AGENT: part("master", self.master)},
            "self_signing_keys": {AGENT: sign_json(part("self_signing", self.self_signing), AGENT, self.master)},
            "device_keys": {
                AGENT: {"SIGNED": sign_json(device("SIGNED"), AGENT, self.self_signing), "LOOSE": device("LOOSE")}
            },
        }


def test_only_signed_devices_are_trusted() -> None:
    assert vouched_devices(Identity().answer, AGENT) == {"SIGNED": "fingerprint of SIGNED"}


def test_another_identity_than_the_expected_one_is_not_good_enough() -> None:
    identity = Identity()
    assert vouched_devices(identity.answer, AGENT, master_key=identity.master.version) != {}
    assert vouched_devices(identity.answer, AGENT, master_key=cross_signing_key().version) == {}


def replace_a_key(answer: dict[str, Any]) -> None:
    answer["device_keys"][AGENT]["SIGNED"]["keys"]["ed25519:SIGNED"] = "the homeserver's"


def move_the_signature(answer: dict[str, Any]) -> None:
    devices = answer["device_keys"][AGENT]
    devices["LOOSE"]["signatures"] = devices.pop("SIGNED")["signatures"]


def pass_it_off_as_another_device(answer: dict[str, Any]) -> None:
    devices = answer["device_keys"][AGENT]
    devices["LOOSE"] = devices.pop("SIGNED")


def sign_with_a_self_signing_key_of_its_own(answer: dict[str, Any]) -> None:
    own = cross_signing_key()
    answer["self_signing_keys"][AGENT] = sign_json(part("self_signing", own), AGENT, own)
    answer["device_keys"][AGENT]["SIGNED"] = sign_json(device("SIGNED"), AGENT, own)


def use_the_master_key_in_its_place(answer: dict[str, Any]) -> None:
    answer["self_signing_keys"][AGENT] = answer["master_keys"][AGENT]


def name_another_user(answer: dict[str, Any]) -> None:
    answer["master_keys"][AGENT]["user_id"] = "@other:veilleuse.test"


def forget_the_identity(answer: dict[str, Any]) -> None:
    del answer["master_keys"][AGENT]


def send_nonsense(answer: dict[str, Any]) -> None:
    answer["device_keys"][AGENT]["SIGNED"] = ["nonsense"]


def send_nonsense_for_a_key(answer: dict[str, Any]) -> None:
    answer["self_signing_keys"][AGENT]["keys"] = {"ed25519:é": "é"}


def send_nothing(answer: dict[str, Any]) -> None:
    answer.clear()


@pytest.mark.parametrize(
    "tamper",
    [
        replace_a_key,
        move_the_signature,
        pass_it_off_as_another_device,
        sign_with_a_self_signing_key_of_its_own,
        use_the_master_key_in_its_place,
        name_another_user,
        forget_the_identity,
        send_nonsense,
        send_nonsense_for_a_key,
        send_nothing,
    ],
)
def test_whatever_the_homeserver_does_to_its_answer_makes_no_device_trusted(
    tamper: Callable[[dict[str, Any]], None],
) -> None:
    answer = copy.deepcopy(Identity().answer)

    tamper(answer)

    assert vouched_devices(answer, AGENT) == {}
