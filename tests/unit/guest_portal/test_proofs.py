import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet

from appservice.world import SystemClock
from guest_portal import proofs
from guest_portal.proofs import EASIEST, HARDEST, Proofs
from tests.fakes.world import FakeClock
from tests.unit.guest_portal.conftest import solved

KEYS = [Fernet.generate_key().decode() for _ in range(2)]


@pytest.fixture
def clock() -> FakeClock:
    """At the machine's time, which the package `altcha` looks at by itself."""
    return FakeClock(SystemClock().now())


def changed(proof: str, change: dict[str, Any]) -> str:
    content = json.loads(base64.b64decode(proof))
    content["challenge"]["parameters"] |= change
    return base64.b64encode(json.dumps(content).encode()).decode()


def test_a_solved_challenge_counts_once(clock: FakeClock) -> None:
    portal = Proofs(KEYS, clock.now)
    proof = solved(portal.challenge(EASIEST))
    assert portal.accept(proof, EASIEST)
    assert not portal.accept(proof, EASIEST)


def test_every_replica_takes_it_also_while_keys_rotate_and_each_counts_it_for_itself(clock: FakeClock) -> None:
    proof = solved(Proofs(KEYS[1:], clock.now).challenge(EASIEST))
    replicas = [Proofs(KEYS, clock.now), Proofs(KEYS, clock.now)]
    assert [replica.accept(proof, EASIEST) for replica in replicas] == [True, True]
    assert not Proofs(KEYS[:1], clock.now).accept(proof, EASIEST), "a key that is gone vouches for nothing"


def test_less_work_than_wanted_is_not_enough_and_more_is(clock: FakeClock) -> None:
    portal = Proofs(KEYS, clock.now)
    assert not portal.accept(solved(portal.challenge(0)), 1)
    assert portal.accept(solved(portal.challenge(1)), 0)


def test_a_proof_does_not_keep(clock: FakeClock) -> None:
    portal = Proofs(KEYS, clock.now)
    early, late = solved(portal.challenge(EASIEST)), solved(portal.challenge(EASIEST))
    clock.advance(timedelta(minutes=19))
    assert portal.accept(early, EASIEST)
    clock.advance(timedelta(minutes=2))
    assert not portal.accept(late, EASIEST)


@pytest.mark.parametrize("change", [{"data": {"level": HARDEST}}, {"expiresAt": 2**40}, {"keySignature": "0" * 64}])
def test_nothing_in_a_challenge_can_be_changed(clock: FakeClock, change: dict[str, Any]) -> None:
    portal = Proofs(KEYS, clock.now)
    assert not portal.accept(changed(solved(portal.challenge(EASIEST)), change), EASIEST)


@pytest.mark.parametrize("proof", ["", "x", "{}", "e30=", "é", base64.b64encode(b"[" * 900).decode(), "A" * 4096])
def test_what_is_no_proof_is_none(clock: FakeClock, proof: str) -> None:
    assert not Proofs(KEYS, clock.now).accept(proof, EASIEST)


def test_an_unsolved_challenge_is_no_proof(clock: FakeClock) -> None:
    portal = Proofs(KEYS, clock.now)
    unsolved = {"challenge": portal.challenge(EASIEST), "solution": {"counter": 1, "derivedKey": "00" * 32}}
    assert not portal.accept(base64.b64encode(json.dumps(unsolved).encode()).decode(), EASIEST)


def test_what_is_remembered_of_used_proofs_is_bounded(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "_REMEMBERED", 5)
    portal = Proofs(KEYS, clock.now)
    used = [solved(portal.challenge(EASIEST)) for _ in range(8)]
    assert all(portal.accept(proof, EASIEST) for proof in used)
    assert len(portal._used) == 5
    assert not any(portal.accept(proof, EASIEST) for proof in used[3:])
    clock.advance(timedelta(minutes=21))
    assert portal.accept(solved(portal.challenge(EASIEST)), EASIEST)
    assert len(portal._used) == 1
