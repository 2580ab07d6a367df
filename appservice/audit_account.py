"""The account of the auditors' bot: made by the service, handed over in a file that its owner alone reads."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import RoomId, UserId
from appservice.files import private_file

_FILE = "account.json"


@dataclass(frozen=True, slots=True)
class AuditAccount:
    """With its one device, and the auditors' room."""

    user_id: UserId
    device_id: str
    room_id: RoomId
    access_token: str = field(repr=False)


def keep_account(directory: Path, account: AuditAccount) -> None:
    """Replaces the file at once. Makes the directory if there is none."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = directory / f".{_FILE}"
    with private_file(draft) as file:
        json.dump(asdict(account), file)
    draft.replace(directory / _FILE)


def read_account(directory: Path) -> AuditAccount | None:
    """None until the application service has made it. Raises `ConfigurationError` for a file that is none of its."""
    path = directory / _FILE
    try:
        return AuditAccount(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, TypeError, ValueError):
        raise ConfigurationError(f"{path} cannot be used. Remove it, and restart the application service.") from None
