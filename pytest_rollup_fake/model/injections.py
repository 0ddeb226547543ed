"""Where faults strike: what `inject` was given, what it has struck, and what it has missed.

The rules of this file:

* A request is looked at once, when it is received: every injection on its endpoint and job counts it, and those that it
  is the turn of are its *candidates*, in the order in which they were injected.
* A candidate is *taken* by a request before it strikes, so that requests side by side do not share one turn. It is
  *hit* when it has struck. One with `at` is taken only when it strikes, since the answer may come first.
* An injection that was never hit is a finding, told with what came near.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final, Self

from pytest_rollup_fake.faults import Delay, Effect, Fault, Refusal, Slow

from .durations import SECOND, to_nanoseconds
from .journal import did_you_mean

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .durations import Duration
    from .journal import RecordedRequest

FaultFunction = Callable[["RecordedRequest"], Fault | None]
Item = Fault | FaultFunction
Injected = Item | Sequence[Item | None]

CONNECTIONS: Final = ("connect", "idle")
EVERY_ENDPOINT: Final = "*"
_ACKNOWLEDGING: Final = frozenset(
    ("stop", "start", "put", "delete", "create_index", "delete_index", "put_mapping", EVERY_ENDPOINT)
)


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
        plan = ", ".join(map(_describe, self.plan))
        where = self.on[0] if len(self.on) == 1 else self.on
        given: dict[str, object] = {"on": where, "job": self.job, "after": self.after or None, "effect": self.effect}
        shown = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        at = "" if self.at is None else f", at='{_seconds(self.at)}s'"
        return f"inject({f'[{plan}]' if len(self.plan) > 1 else plan}{shown}{at})"

    def __repr__(self) -> str:
        """Show the call and how often it has struck."""
        return f"<{self}: {self.hits} hits>"


class Injections:
    """All injections of a cluster, in their order."""

    def __init__(self) -> None:
        self.given: list[Injection] = []
        self._reported: set[Injection] = set()

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.given)

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

    def take_unstruck(self, requests: Sequence[RecordedRequest]) -> list[str]:
        """Say which injections were never hit, each once, and what came near."""
        found = [injection for injection in self.unstruck() if not (injection.optional or injection in self._reported)]
        self._reported.update(found)
        return [_unstruck(injection, requests) for injection in found]


# --- reading what `inject` was given ----------------------------------------------------------------------------------


def read_injection(  # noqa: PLR0913  (those of `inject`)
    injected: object,
    *,
    on: object,
    job: object,
    times: object,
    after: object,
    effect: object,
    at: Duration | None,
    optional: bool,
    number: int,
    endpoints: frozenset[str],
    guard: Callable[[], AbstractContextManager[object]],
) -> Injection:
    """Return what `inject` was given; raises `TypeError` or `ValueError` naming the choices for what cannot be."""
    plan = _read_plan(injected)
    places = _read_on(on, endpoints)
    if job is not None and not isinstance(job, str):
        message = f"job is the id of a job, not {job!r} ({type(job).__name__})"
        raise TypeError(message)
    if effect not in {None, "skipped", "applied"}:
        message = f"effect is 'skipped' or 'applied' (or left out: the fault's own), not {effect!r}"
        raise ValueError(message)
    instant = None if at is None else to_nanoseconds(at, name="at")
    if places[0] in CONNECTIONS:
        _check_connections(places, plan, {"job": job, "effect": effect, "at": at})
    else:
        _check_requests(places, plan, instant)
    limit = _read_times(times)
    return Injection(
        plan,
        places,
        job=job,
        limit=None if limit is None else limit * len(plan),
        after=_read_count("after", after, 0),
        effect=effect,
        at=instant,
        optional=bool(optional),
        number=number,
        guard=guard,
    )


def _read_plan(injected: object) -> tuple[Item | None, ...]:
    if not isinstance(injected, (list, tuple)):
        return (check_item(injected),)
    plan = tuple(None if item is None else check_item(item) for item in injected)
    if all(item is None for item in plan):
        message = f"a list of faults has at least one that is not None: {injected!r}"
        raise ValueError(message)
    return plan


def check_item(item: Any) -> Item:  # noqa: ANN401  (what a user has given)
    """Return a fault or a function; raises `TypeError` or `ValueError` for what is neither."""
    if isinstance(item, Fault):
        if isinstance(item, (Delay, Slow)):
            to_nanoseconds(item.duration, name=f"the duration of faults.{item.name}")
        return item
    if not callable(item) or isinstance(item, type) or inspect.iscoroutinefunction(item):
        hint = "; did you forget to call it?" if getattr(item, "__module__", "") == Fault.__module__ else ""
        message = (
            "inject takes a fault such as faults.reset(), a function (no coroutine) that is given the request, or a "
            f"list of these and None, not {item!r}{hint}"
        )
        raise TypeError(message)
    if getattr(item, "__module__", "") == Fault.__module__:
        message = f"inject was given the function faults.{item.__name__}; call it: faults.{item.__name__}()"
        raise TypeError(message)
    function: FaultFunction = item
    return function


def _read_on(on: object, endpoints: frozenset[str]) -> tuple[str, ...]:
    places = (on,) if isinstance(on, str) else tuple(on) if isinstance(on, (list, tuple, set, frozenset)) else ()
    choices = (*sorted(endpoints - {"custom"}), EVERY_ENDPOINT, *CONNECTIONS)
    wrong = [place for place in places if place not in choices]
    if wrong or not places:
        meant = "".join(did_you_mean(place, choices) for place in wrong[:1] if isinstance(place, str))
        message = (
            f"on names {', '.join(map(repr, wrong)) or repr(on)}{meant}; it is one or several of {', '.join(choices)}"
        )
        hint = " (an endpoint of expect_request says itself what it answers)" if "custom" in wrong else ""
        raise ValueError(message + hint)
    if len({place in CONNECTIONS for place in places}) > 1:
        message = f"on mixes requests with connections: {places!r}; inject the fault once for each"
        raise ValueError(message)
    return places


def _check_connections(places: tuple[str, ...], plan: tuple[Item | None, ...], given: dict[str, object]) -> None:
    """Refuse what needs a request where there is none."""
    for name, value in given.items():
        if value is not None:
            message = f"{name}={value!r} needs a request, and on={places[0]!r} has none: leave {name} out"
            raise ValueError(message)
    for item in plan:
        if item is not None and not (isinstance(item, Fault) and item.strikes_connections):
            message = (
                f"{_describe(item)} needs a request, and on={places[0]!r} has none: "
                "reset, empty_reply, hang and garbage strike connections"
            )
            raise ValueError(message)


def _check_requests(places: tuple[str, ...], plan: tuple[Item | None, ...], at: int | None) -> None:
    for item in plan:
        if at is not None and isinstance(item, Fault) and item.needs_answer:
            message = f"{item!r} happens to an answer, and at= strikes while there is none: leave at out"
            raise ValueError(message)
        if isinstance(item, Refusal) and item.kind == "not_acknowledged" and not _ACKNOWLEDGING.issuperset(places):
            message = f"{item!r} is for {', '.join(sorted(_ACKNOWLEDGING))}, not for {places!r}"
            raise ValueError(message)


def _read_times(times: object) -> int | None:
    return None if times == "always" else _read_count("times", times, 1, " or 'always'")


def _read_count(name: str, value: object, least: int, otherwise: str = "") -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        message = f"{name} is a whole number of at least {least}{otherwise}, not {value!r}"
        raise ValueError(message)
    return value


# --- telling of one that never struck ---------------------------------------------------------------------------------


def _describe(item: Item | None) -> str:
    if item is None or isinstance(item, Fault):
        return repr(item)
    return getattr(item, "__qualname__", None) or type(item).__name__


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / SECOND:g}"


def _unstruck(injection: Injection, requests: Sequence[RecordedRequest]) -> str:
    since = [request for request in requests if request.number > injection.number]
    near = "; ".join(injection.misses) or _near_misses(injection, since)
    return f"{injection} never struck: {near}. The test does not test what it says (optional=True lets it pass)"


def _near_misses(injection: Injection, since: Sequence[RecordedRequest]) -> str:
    """Say what came instead of what it was for."""
    if injection.on[0] in CONNECTIONS:
        return _near_connections(injection)
    where = f"to {' or '.join(injection.on)}"
    to_it = [request for request in since if injection.sees(request.endpoint, request.job or injection.job)]
    for_it = [request for request in to_it if injection.sees(request.endpoint, request.job)]
    if for_it:
        near = _counted(len(for_it), "request", where)
        return near + (_why_not_in_time(injection, for_it) or _why_not(injection, len(for_it)))
    others = [request for request in since if request.endpoint in injection.on or EVERY_ENDPOINT in injection.on]
    if others:
        jobs = sorted({repr(request.job) for request in others})
        return f"{_counted(len(others), 'request', where)}, all for job {', '.join(jobs)}"
    endpoints = Counter(request.endpoint for request in since)
    elsewhere = ", ".join(f"{count} to {endpoint}" for endpoint, count in endpoints.items())
    return f"no request {where}" + (f" (but {elsewhere})" if elsewhere else "")


def _near_connections(injection: Injection) -> str:
    where = " or ".join({"connect": "made", "idle": "reused"}[place] for place in injection.on)
    count, _, _ = injection.progress
    return _counted(count, "connection", where) + _why_not(injection, count) if count else f"no connection was {where}"


def _counted(count: int, what: str, where: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''} {where}"


def _why_not_in_time(injection: Injection, requests: Sequence[RecordedRequest]) -> str:
    """Say of requests that it was for, and that were over before it could strike, how they ended."""
    if injection.at is None:
        _, taken, _ = injection.progress
        outcomes = sorted({request.outcome for request in requests} & {"abandoned", "cut", "pending"})
        return f", {' or '.join(outcomes)} before it could strike" if taken and outcomes else ""
    waits = ", ".join(f"{request.waited:g} s" for request in requests if request.waited is not None)
    ways = [f"answered after {waits}"] if waits else []
    ways += sorted({request.outcome for request in requests if request.waited is None})
    return f", {' or '.join(ways)}, before at={_seconds(injection.at)} s"


def _why_not(injection: Injection, count: int) -> str:
    """Say why requests or connections that it was for were not struck."""
    if injection.is_removed:
        return ", and it was removed"
    if injection.after >= count:
        return f", and it strikes after {injection.after}"
    return ", each struck by an injection that came before"
