"""What may be chosen, and how a wrong choice is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


def check_flag(name: str, value: object) -> bool:
    """Return True or False; raises `TypeError` for anything else, also for `"no"`, which Python takes for true."""
    if isinstance(value, bool):
        return value
    message = f"{name} is True or False, not {value!r}"
    raise TypeError(message)


def did_you_mean(name: object, known: Collection[str]) -> str:
    """Return the hint that names what is spelt nearly like this, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1) if isinstance(name, str) else ()
    return f" (did you mean {near[0]!r}?)" if near else ""
