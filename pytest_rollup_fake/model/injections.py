"""Where faults strike: what `inject` was given, what it has struck, and what it has missed.

The rules of this file:

* A request is looked at once, when it is received: every injection on its endpoint and job counts it, and those that it
  is the turn of are its *candidates*, in the order in which they were injected.
* A candidate is *taken* by a request before it strikes, so that requests side by side do not share one turn. It is
  *hit* when it has struck. One with `at` is taken only when it strikes, since the answer may come first.
* An injection that was never hit is a finding, told with what came near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Self

from pytest_rollup_fake.faults import Effect, Fault

from .durations import to_seconds

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .journal import RecordedRequest

FaultFunction = Callable[["RecordedRequest"], Fault | None]
"""A function in the place of a fault: it is given the request, and returns the fault that is to strike it, if any."""
Item = Fault | FaultFunction
Injected = Item | Sequence[Item | None]
"""What `RollupCluster.inject` takes: a fault, a function that may return one, or a list of these and `None`."""

CONNECTIONS: Final = ("connect", "idle")
EVERY_ENDPOINT: Final = "*"


class Injection:
    """Where a fault strikes, as `RollupCluster.inject` returns it.

    `hits` counts how often it has struck; `remove()` ends it. As a context manager it is removed at the block's end.
    """

    def __init__(  # noqa: PLR0913  (those of `inject`)
        self,
        plan: tuple[Item | None, ...],
        on: tuple[str, ...],
        *,
        job: str | None,
        limit: int | None,
        after: int,
        effect: Effect | None,
        at: int | None,
        optional: bool,
        number: int,
        guard: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.plan, self.on, self.job, self.limit, self.after = plan, on, job, limit, after
        self.effect, self.at, self.optional, self.number = effect, at, optional, number
        self.hits = 0
        self.misses: list[str] = []
        self.is_removed = False
        self._seen = 0
        self._taken = 0
        self._guard = guard

    def remove(self) -> None:
        """Let it strike no more; what it has struck stays struck, and one that never did is still a finding."""
        with self._guard():
            self.is_removed = True

    def __enter__(self) -> Self:
        """Return it; it strikes already."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Remove it."""
        self.remove()

    # --- for the cluster --------------------------------------------------------------------------------------

    @property
    def has_turns(self) -> bool:
        """Whether it may strike once more."""
        return not self.is_removed and (self.limit is None or self._taken < self.limit)

    def sees(self, endpoint: str, job: str | None) -> bool:
        """Say whether it is for such a request."""
        is_on = endpoint in self.on or (EVERY_ENDPOINT in self.on and endpoint not in CONNECTIONS)
        return is_on and (self.job is None or self.job == job)

    def count(self) -> bool:
        """Count one more that it is for, and say whether it is the turn of that one."""
        self._seen += 1
        return self._seen > self.after and self.has_turns

    @property
    def next_item(self) -> Item | None:
        """What strikes next; `None`: nothing, the next one is to be clean."""
        return self.plan[self._taken % len(self.plan)]

    def take(self) -> Item | None:
        """Use up a turn, and return what strikes."""
        item = self.next_item
        self._taken += 1
        return item

    def give_back(self) -> None:
        """Have a turn again, since another injection has struck the request that took it."""
        self._taken -= 1

    def effect_of(self, item: Item | None) -> Effect:
        """Return what becomes of the effect; a function is called before it, unless a later moment is named."""
        if self.effect is not None:
            return self.effect
        if isinstance(item, Fault):
            return item.effect
        return "skipped" if self.at is None else "applied"

    @property
    def progress(self) -> tuple[int, int, int]:
        """How many it was for that it has seen, taken and hit."""
        return self._seen, self._taken, self.hits

    @progress.setter
    def progress(self, progress: tuple[int, int, int]) -> None:
        self._seen, self._taken, self.hits = progress

    def __str__(self) -> str:
        """Return the call that made it, as messages name it."""
        plan = ", ".join(map(describe, self.plan))
        where = self.on[0] if len(self.on) == 1 else self.on
        given: dict[str, object] = {"on": where, "job": self.job, "after": self.after or None, "effect": self.effect}
        shown = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        at = "" if self.at is None else f", at='{to_seconds(self.at):g}s'"
        return f"inject({f'[{plan}]' if len(self.plan) > 1 else plan}{shown}{at})"

    def __repr__(self) -> str:
        """Show the call and how often it has struck."""
        return f"<{self}: {self.hits} hits>"


class Injections:
    """All injections of a cluster, in their order."""

    def __init__(self) -> None:
        self.given: list[Injection] = []
        self._reported: set[Injection] = set()

    def __iter__(self) -> Iterator[Injection]:
        """Iterate over those that may still strike, in their order."""
        return (injection for injection in self.given if injection.has_turns)

    def add(self, injection: Injection) -> None:
        """Add one behind the others."""
        self.given.append(injection)

    def candidates(self, endpoint: str, job: str | None) -> list[Injection]:
        """Count a request, or a connection, at all that are for it; return those whose turn it is, in their order."""
        return [injection for injection in self.given if injection.sees(endpoint, job) and injection.count()]

    def strikes_idle(self) -> bool:
        """Say whether the next request on an idle connection may be struck; does not count it."""
        if not self.given:  # as before most requests
            return False
        return any("idle" in injection.on and injection.has_turns for injection in self.given)

    def strike_connection(self, moment: str) -> Fault | None:
        """Return the fault that strikes a connection at `"connect"` or when it is `"idle"`."""
        for injection in self.candidates(moment, None):
            item = injection.take()
            if isinstance(item, Fault):
                injection.hits += 1
                return item
            return None
        return None

    def unstruck(self) -> list[Injection]:
        """Return those that have struck nothing so far."""
        return [injection for injection in self.given if not injection.hits]

    def take_unstruck(self) -> list[Injection]:
        """Return those that have struck nothing and should have, each once."""
        found = [injection for injection in self.unstruck() if not (injection.optional or injection in self._reported)]
        self._reported.update(found)
        return found


def describe(item: Item | None) -> str:
    """Name what strikes, as messages do."""
    if item is None or isinstance(item, Fault):
        return repr(item)
    return getattr(item, "__qualname__", None) or type(item).__name__
