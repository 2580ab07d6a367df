"""`audit …`: the record verified, exported, and signed for. Verifying and exporting need no key of the service's."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from appservice.commands.registering import Commands, command, group, moment
from appservice.config import Settings, load_settings, read_secrets
from appservice.domain.errors import ConfigurationError, InvalidInput
from appservice.files import private_file
from appservice.world import SystemClock

if TYPE_CHECKING:
    from appservice.domain.audit.checkpoint import PublicKey

_BROKEN = 1
_FORMS = ("jsonl", "csv")


def register(commands: Commands) -> None:
    audit = group(commands, "audit", "the record of every privileged act")
    verify = command(audit, "verify", _verify, "verify the whole record; status 1 names the first entry that is broken")
    verify.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a text with checkpoints, as auditors keep them; can be repeated",
    )
    verify.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="KEY",
        help="a public key that may have signed them; default: those of audit.checkpoint_keys_file",
    )
    export = command(audit, "export", _export, "write the record to standard output, or to a file")
    export.add_argument("--format", choices=_FORMS, default="jsonl", help="default: %(default)s")
    export.add_argument("--since", type=moment, metavar="ISO-TIME", help="entries from this moment on")
    export.add_argument("--until", type=moment, metavar="ISO-TIME", help="entries before this moment")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    command(audit, "checkpoint", _checkpoint, "sign for what the record is now, with a line for auditors to keep")


def _verify(arguments: argparse.Namespace) -> int:
    from appservice.audit_command import verdict, verify_record
    from appservice.domain.audit.checkpoint import read_checkpoints

    settings = load_settings(arguments.config)
    checkpoints = []
    if arguments.checkpoint:
        trusted = arguments.trust or _own_keys(settings)
        checkpoints = [one for file in arguments.checkpoint for one in read_checkpoints(_text(file), trusted)]
    verified = asyncio.run(verify_record(settings.appservice.database, checkpoints))
    print(verdict(verified))
    return 0 if verified.fault is None else _BROKEN


def _export(arguments: argparse.Namespace) -> None:
    from appservice.audit_command import export_record, note
    from appservice.domain.audit.events import RecordExported
    from appservice.domain.audit.values import Code

    database = load_settings(arguments.config).appservice.database
    form, since, until = arguments.format, arguments.since, arguments.until
    # Before anything is written: there is no export that the record does not know of.
    asyncio.run(note(database, RecordExported(Code(form)), SystemClock()))
    if arguments.output is None:
        asyncio.run(export_record(database, form, sys.stdout, since, until))
        return
    try:
        with private_file(arguments.output) as out:
            count = asyncio.run(export_record(database, form, out, since, until))
    except OSError as error:
        raise ConfigurationError(f"{arguments.output}: {error.strerror}.") from None
    print(f"Wrote {count} entries to {arguments.output}.")


def _checkpoint(arguments: argparse.Namespace) -> None:
    from appservice.audit_command import note, sign_checkpoint
    from appservice.domain.audit.checkpoint import Signer, read_checkpoints
    from appservice.domain.audit.events import CheckpointPosted

    settings, clock = load_settings(arguments.config), SystemClock()
    signer = Signer(read_secrets(settings.audit.checkpoint_keys_file)[0])
    line = asyncio.run(sign_checkpoint(settings.appservice.database, signer, clock.now()))
    (checkpoint,) = read_checkpoints(line, {signer.public_key})
    asyncio.run(note(settings.appservice.database, CheckpointPosted(checkpoint.head.sequence), clock))
    print(line)


def _own_keys(settings: Settings) -> "list[PublicKey]":
    from appservice.domain.audit.checkpoint import Signer

    return [Signer(secret).public_key for secret in read_secrets(settings.audit.checkpoint_keys_file)]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}.") from None
