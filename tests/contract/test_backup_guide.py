"""The commands of docs/backup.md, as they stand there: what they dump they restore."""

import os
import re
import subprocess
from pathlib import Path

from appservice.embedded.postgres import programs
from appservice.store.database import Database
from appservice.store.signalements import SqlStores
from tests.postgres import Postgres
from tests.unit.factories import a_signalement

GUIDE = (Path(__file__).parents[2] / "docs" / "backup.md").read_text()


def commands(program: str) -> list[str]:
    return re.findall(rf"^ *({program} .*)$", GUIDE, re.MULTILINE)


async def test_what_is_dumped_is_restored(postgres: Postgres, tmp_path: Path) -> None:
    environment = {
        "PATH": f"{programs()}:{os.environ['PATH']}", "PGHOST": postgres.socket_directory, "PGUSER": "postgres",
    }  # fmt: skip

    def run(program: str, database: str) -> None:
        (command,) = (one for one in commands(program) if "veilleuse" in one)
        words = [re.sub(r"^(--dbname=|)veilleuse$", rf"\g<1>{database}", word) for word in command.split()]
        subprocess.run(words, env=environment, cwd=tmp_path, check=True)  # noqa: S603 the guide's own command

    before, after = await postgres.new_database(), await postgres.new_database()
    database = Database(postgres.url(before))
    await database.start()
    await SqlStores(database).add(a_signalement())
    run("pg_dump", before)
    await database.stop()
    run("pg_restore", after)
    restored = Database(postgres.url(after))
    await restored.start()
    assert await SqlStores(restored).by_room(a_signalement().room_id) == a_signalement()
    await restored.stop()
