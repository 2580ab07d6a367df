"""What is asked for while the same is being done for others is done next, for all who ask together."""

from collections.abc import Awaitable, Callable, Collection

from synapse.util.async_helpers import Linearizer
from synapse.util.clock import Clock


class Together:
    """Of a hundred erasures at once, a desk's clients are told a few times, not a hundred times."""

    def __init__(self, name: str, clock: Clock, act: Callable[[str, Collection[str]], Awaitable[None]]) -> None:
        """`act` does it in one place for several; it may be asked for some for whom it was done before."""
        self._act = act
        self._one_at_a_time = Linearizer(name=name, clock=clock)
        self._wanted: dict[str, dict[object, str]] = {}
        """By place, what each call that waits there wants."""

    async def __call__(self, place: str, one: str) -> None:
        """Returns when it is done. Raises what hindered it, though that may be another call's fault."""
        wanted = self._wanted.setdefault(place, {})
        call = object()
        wanted[call] = one
        async with self._one_at_a_time.queue(place):
            if call not in wanted:
                return  # done with those before
            together = dict(wanted)
            try:
                await self._act(place, frozenset(together.values()))
            except BaseException:
                del wanted[call]  # the others try without it
                raise
            for done in together:
                wanted.pop(done, None)
