"""What is True or False, and nothing that Python takes for one of them: `"no"` would be true."""

from __future__ import annotations

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


def check_flag(name: str, value: object) -> bool:
    """Return True or False; raises `TypeError` for anything else."""
    if isinstance(value, bool):
        return value
    message = f"{name} is True or False, not {value!r}"
    raise TypeError(message)
