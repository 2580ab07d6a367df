"""What was not understood may be put right by editing it; what was carried out is not carried out again."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace

from appservice.desk.hearing import Heard

_KEPT = 200


class Corrections:
    """Remembers, in memory, the last messages that nothing came of: after a restart they are to be said anew."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Heard] = OrderedDict()

    def leave_open(self, heard: Heard) -> None:
        """Nothing came of it."""
        self._open[heard.corrects or heard.event_id] = heard
        while len(self._open) > _KEPT:
            self._open.popitem(last=False)

    async def put_right(self, edit: Heard, hear: Callable[[Heard], Awaitable[None]]) -> None:
        """Has the message heard as if it had been said so at first, if it is open and theirs; then it is no longer."""
        original = self._open.get(edit.corrects or "")
        if original is None or (original.sender, original.room_id) != (edit.sender, edit.room_id):
            return
        del self._open[edit.corrects or ""]
        corrected = replace(
            original, event_id=edit.event_id, body=edit.body, mentions=edit.mentions, corrects=edit.corrects
        )
        await hear(corrected)
