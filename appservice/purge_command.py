"""What `purge`, `residue` and `retention plan` do: beside the running service, on its database and the homeserver."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aiohttp

from appservice.config import AppserviceSettings, Settings, load_registration
from appservice.domain.audit.pseudonyms import Pseudonyms
from appservice.domain.erasure import room_hash
from appservice.domain.errors import HomeserverRefused, HomeserverUnavailable, InvalidInput, InvalidTransition
from appservice.domain.ids import Reference
from appservice.domain.retention import Retention
from appservice.domain.signalement import Cause
from appservice.matrix.shells import MODULE
from appservice.ports import Clock, Randomness
from appservice.store.audit import KeyFiles, SqlAuditLog
from appservice.store.database import opened
from appservice.store.erasures import SqlErasureRecords
from appservice.store.signalements import SqlStores
from appservice.usecases.apply_retention import retention_plan
from appservice.usecases.change_signalement import ChangeSignalement
from appservice.usecases.raise_emergency import RaiseEmergency
from appservice.usecases.record_changes import RecordChanges

_HASH = re.compile(r"[0-9a-f]{64}")
_WITHIN = aiohttp.ClientTimeout(total=600)
_MANY = 1_000_000


async def erasures_under_way(database_url: str) -> list[dict[str, Any]]:
    """The soonest first. Nothing here but references, steps and times."""
    async with opened(database_url) as database:
        stores, found = SqlStores(database), []
        for erasure in await stores.soonest_erasures(_MANY):
            signalement = await stores.by_id(erasure.signalement_id)
            if signalement is not None:
                found.append(
                    {
                        "reference": signalement.reference,
                        "step": erasure.step.name.lower(),
                        "cause": erasure.cause,
                        "requested_at": _written(erasure.requested_at),
                        "attempts": erasure.attempts,
                        "next": _written(erasure.next_attempt_at),
                    }
                )
    return found


async def order_erasure(settings: AppserviceSettings, reference: str, clock: Clock, randomness: Randomness) -> None:
    """Raises `InvalidInput` if there is no such signalement, `InvalidTransition` if it is being erased already.

    The order is in the audit record, as the operator's.
    """
    async with opened(settings.database) as database:
        stores = SqlStores(database)
        signalement = await stores.by_reference(Reference(reference.upper()))
        if signalement is None:
            raise InvalidInput(f"There is no signalement {reference}; once it is erased, nobody knows its reference.")
        change = ChangeSignalement(stores)
        pseudonyms = Pseudonyms(KeyFiles(settings.data_directory / "audit_keys"), randomness)
        change.within(RecordChanges(SqlAuditLog(database, pseudonyms, clock)))
        if not await RaiseEmergency(stores, clock, change).order(signalement, Cause.OPERATOR):
            raise InvalidTransition(f"The signalement {reference} is being erased already.")


async def verify_erasure(settings: Settings, which: str) -> tuple[str, bool]:
    """A sentence, and whether nothing is left. Raises `InvalidInput`, `HomeserverError`."""
    async with opened(settings.appservice.database) as database:
        records = SqlErasureRecords(database)
        if not _HASH.fullmatch(which):
            signalement = await SqlStores(database).by_reference(Reference(which.upper()))
            if signalement is None:
                raise InvalidInput(f"There is no signalement {which}. If it is erased: the hash of its room is needed.")
            erasure = await records.erasure_of(signalement.signalement_id)
            how_far = f"being erased, step {erasure.step.name.lower()}" if erasure else "not being erased"
            return f"{which} is {how_far}. Its room has the hash {room_hash(signalement.room_id)}.", False
        grave = await records.tombstone_of(which)
        hashes = [which, *([grave.guest_hash] if grave and grave.guest_hash else [])]
    left = await _left(settings, hashes)
    tables = sorted({table for counts in left.values() for table in counts})
    found = f"something is left, in {', '.join(tables)}" if tables else "nothing is left"
    if grave is None:
        return f"No erasure of this room is on record; on the homeserver {found}.", not tables
    counted = sum(grave.residue.values())
    return f"Erased {_written(grave.purged_at)} ({grave.cause}), {counted} rows left then; now {found}.", not tables


async def rows_left(settings: Settings, which: str) -> dict[str, int]:
    """By table. Raises `InvalidInput`, `HomeserverError`."""
    if not _HASH.fullmatch(which):
        if which[:1] not in ("!", "@"):
            raise InvalidInput("Name a SHA-256 in hexadecimal, a room's id (!…) or a Matrix id (@…).")
        which = hashlib.sha256(which.encode()).hexdigest()
    return (await _left(settings, [which])).get(which, {})


async def planned(database_url: str, retention: Retention) -> list[dict[str, str]]:
    """What goes when, the soonest first."""
    async with opened(database_url) as database:
        return [
            {
                "reference": due.signalement.reference,
                "state": due.signalement.state,
                "at": _written(due.at),
            }
            for due in await retention_plan(SqlErasureRecords(database), retention)
        ]


async def _left(settings: Settings, hashes: Sequence[str]) -> dict[str, dict[str, int]]:
    registration = load_registration(settings.appservice.registration)
    headers = {"Authorization": f"Bearer {registration.as_token}"}
    url = f"{settings.homeserver.address}/{MODULE}/left"
    try:
        async with (
            aiohttp.ClientSession(headers=headers, timeout=_WITHIN) as http,
            http.post(url, json={"hashes": list(hashes)}) as answer,
        ):
            body = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise HomeserverUnavailable(f"The homeserver did not answer: {type(error).__name__}.") from None
    if answer.status != 200:
        raise HomeserverRefused(str(body.get("errcode", answer.status)), "the module did not count")
    left: dict[str, dict[str, int]] = body["left"]
    return left


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
