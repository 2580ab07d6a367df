"""Takes a room and its guest out of what agents' clients keep with the homeserver: settings, rules of notification,
filters, signatures, requests for keys. The rest of these stays, and clients are told of what changed.
"""

import json
from collections import Counter
from collections.abc import Sequence

from synapse.module_api import LoggingTransaction

from policies.signalement_policy.homeserver import Homeserver
from policies.signalement_policy.residue import as_text
from policies.signalement_policy.rules import without_names


async def forget_settings(homeserver: Homeserver, names: Sequence[str]) -> Counter[str]:
    """Of accounts that go on. Returns how many rows were changed, by table."""
    changed: Counter[str] = Counter()
    for user_id, kind, content in await homeserver.transaction("veilleuse_settings", _settings, homeserver, names):
        remains = without_names(json.loads(content), names)
        await homeserver.set_account_data(user_id, kind, remains if isinstance(remains, dict) else {})
        changed["account_data"] += 1
    for user_id, rule_id in await homeserver.transaction("veilleuse_push_rules", _push_rules, names):
        await homeserver.delete_push_rule(user_id, rule_id)
        changed["push_rules"] += 1
    if filters := await homeserver.transaction("veilleuse_filters", _rewrite_filters, names):
        await homeserver.forget_cached_filters()
        changed["user_filters"] += filters
    return +changed


def forget_mentions(txn: LoggingTransaction, names: Sequence[str]) -> Counter[str]:
    """The traces that nobody is told of, because nothing changes by them. Returns how many rows, by table."""
    gone: Counter[str] = Counter()
    # That something changed here is what clients ask of these two; what it was, they ask elsewhere.
    where, values = _naming(("rule_id", "conditions"), names)
    blank = f"UPDATE push_rules_stream SET rule_id = '', conditions = NULL, actions = NULL WHERE {where}"  # noqa: S608 (placeholders)
    txn.execute(blank, values)
    gone["push_rules_stream"] += txn.rowcount
    where, values = _naming(("user_ids",), names)
    txn.execute(f"SELECT stream_id, user_ids FROM user_signature_stream WHERE {where}", values)  # noqa: S608 (placeholders)
    signed = [(json.dumps(without_names(json.loads(users), names)), position) for position, users in txn.fetchall()]
    txn.execute_batch("UPDATE user_signature_stream SET user_ids = ? WHERE stream_id = ?", signed)
    gone["user_signature_stream"] += len(signed)
    for table, columns in (("push_rules_enable", ("rule_id",)), ("device_inbox", ("message_json",))):
        where, values = _naming(columns, names)
        txn.execute(f"DELETE FROM {table} WHERE {where}", values)  # noqa: S608 (our own names)
        gone[table] += txn.rowcount
    return gone


def _settings(txn: LoggingTransaction, homeserver: Homeserver, names: Sequence[str]) -> list[tuple[str, str, str]]:
    where, values = _naming(("content",), names)
    txn.execute(f"SELECT user_id, account_data_type, content FROM account_data WHERE {where}", values)  # noqa: S608 (placeholders)
    return [row for row in txn.fetchall() if not homeserver.is_guest(row[0])]


def _push_rules(txn: LoggingTransaction, names: Sequence[str]) -> list[tuple[str, str]]:
    where, values = _naming(("rule_id", "conditions", "actions"), names)
    txn.execute(f"SELECT user_name, rule_id FROM push_rules WHERE {where}", values)  # noqa: S608 (placeholders)
    return list(txn.fetchall())


def _rewrite_filters(txn: LoggingTransaction, names: Sequence[str]) -> int:
    """A client goes on with the number of the filter that it knows. Returns how many there were."""
    where, values = _naming((as_text(txn, "user_filters", "filter_json"),), names)
    txn.execute(f"SELECT full_user_id, filter_id, filter_json FROM user_filters WHERE {where}", values)  # noqa: S608 (placeholders)
    rewritten = [
        (bytearray(json.dumps(without_names(_parsed(content), names)).encode()), user_id, number)
        for user_id, number, content in txn.fetchall()
    ]
    txn.execute_batch("UPDATE user_filters SET filter_json = ? WHERE full_user_id = ? AND filter_id = ?", rewritten)
    return len(rewritten)


def _parsed(content: str | bytes | memoryview) -> object:
    return json.loads(content if isinstance(content, str) else bytes(content))


def _naming(columns: Sequence[str], names: Sequence[str]) -> tuple[str, list[str]]:
    """That one of these columns, or expressions, contains one of the names."""
    pairs = [(column, name.replace("_", r"\_")) for column in columns for name in names]
    return " OR ".join(rf"{column} LIKE ? ESCAPE '\'" for column, _ in pairs), [f"%{name}%" for _, name in pairs]
