"""Version 7: each Space and room of the desks is a row of its own; the national Space's has no desk's id."""

from mautrix.util.async_db import Connection

DESCRIPTION = "Rooms of the desks, one by one"

_STATEMENTS = (
    """CREATE TABLE desk_room (
        desk_id TEXT NOT NULL,
        kind    TEXT NOT NULL,
        room_id TEXT NOT NULL UNIQUE,
        PRIMARY KEY (desk_id, kind)
    )""",
    *(
        f"INSERT INTO desk_room (desk_id, kind, room_id) SELECT desk_id, '{kind}', {column} FROM desk"  # noqa: S608 constants
        for kind, column in (("space", "space_id"), ("desk", "desk_room_id"), ("team", "team_room_id"))
    ),
    "DROP TABLE desk",
)


async def upgrade(connection: Connection) -> None:
    for statement in _STATEMENTS:
        await connection.execute(statement)
