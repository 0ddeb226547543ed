"""What `inject` is given, read: a mistake is told with the choices that there are."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.faults import Delay, Fault, Refusal, Slow

from .choices import check_flag, did_you_mean
from .durations import to_nanoseconds
from .injections import CONNECTIONS, EVERY_ENDPOINT, Injection, describe

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .durations import Duration
    from .injections import FaultFunction, Item

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

_ACKNOWLEDGING: Final = frozenset(
    ("stop", "start", "put", "delete", "create_index", "delete_index", "put_mapping", EVERY_ENDPOINT)
)


def read_injection(  # noqa: PLR0913  (those of `inject`)
    injected: object,
    *,
    on: object,
    job: object,
    times: object,
    after: object,
    effect: object,
    at: Duration | None,
    optional: object,
    number: int,
    endpoints: frozenset[str],
    guard: Callable[[], AbstractContextManager[object]],
) -> Injection:
    """Return what `inject` was given; raises `TypeError` or `ValueError` naming the choices for what cannot be."""
    plan = _read_plan(injected)
    places = read_on(on, endpoints)
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
        _check_requests(places, plan, effect, instant)
    limit = read_times(times)
    return Injection(
        plan,
        places,
        job=job,
        limit=None if limit is None else limit * len(plan),
        after=_read_count("after", after, 0),
        effect=effect,
        at=instant,
        optional=check_flag("optional", optional),
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


def read_on(on: object, endpoints: frozenset[str]) -> tuple[str, ...]:
    """Return where a fault strikes; raises `ValueError` naming the places that there are."""
    places = (on,) if isinstance(on, str) else tuple(on) if isinstance(on, (list, tuple, set, frozenset)) else ()
    choices = (*sorted(endpoints - {"custom"}), EVERY_ENDPOINT, *CONNECTIONS)
    wrong = [place for place in places if place not in choices]
    if wrong or not places:
        meant = "".join(did_you_mean(place, choices) for place in wrong[:1])
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
                f"{describe(item)} needs a request, and on={places[0]!r} has none: "
                "reset, empty_reply, hang and garbage strike connections"
            )
            raise ValueError(message)


def _check_requests(places: tuple[str, ...], plan: tuple[Item | None, ...], effect: object, at: int | None) -> None:
    for item in plan:
        if effect == "skipped" and isinstance(item, Fault) and item.needs_answer and not isinstance(item, Delay):
            message = (
                f"{item!r} happens to an answer, and with effect='skipped' there would be none: leave effect out (it "
                "is always applied)"
            )
            raise ValueError(message)
        if at is not None and isinstance(item, Fault) and item.needs_answer:
            message = f"{item!r} happens to an answer, and at= strikes while there is none: leave at out"
            raise ValueError(message)
        if isinstance(item, Refusal) and item.kind == "not_acknowledged" and not _ACKNOWLEDGING.issuperset(places):
            message = f"{item!r} is for {', '.join(sorted(_ACKNOWLEDGING))}, not for {places!r}"
            raise ValueError(message)


def read_times(times: object) -> int | None:
    """Return how often a fault strikes, `None` for always; raises `ValueError` for what is no such number."""
    return None if times == "always" else _read_count("times", times, 1, " or 'always'")


def _read_count(name: str, value: object, least: int, otherwise: str = "") -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        message = f"{name} is a whole number of at least {least}{otherwise}, not {value!r}"
        raise ValueError(message)
    return value
