"""Who asks for a fixture, also where pytest has its value already: no hook is called for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    import pytest


def watch(request: pytest.FixtureRequest, asked: Callable[[], None], until: ExitStack) -> None:
    """Call `asked` each time that a test is about to get the fixture that a request is for, by name or by `request`.

    The same goes for the fixtures of a higher scope that have asked for it, and for those that do so later: pytest
    keeps their values too, and asks for nothing again. It ends with `until`.
    """
    chain = getattr(request, "_iter_chain", None)  # pytest tells nobody else who asks
    for asking in () if chain is None else chain():  # a pytest without it: only who asks by name is seen
        if asking.scope == "function":  # it is set up anew for each test, and so asks again
            return
        _wrap(asking._fixturedef, asked, until)  # noqa: SLF001  (as above)


def _wrap(fixture: Any, asked: Callable[[], None], until: ExitStack) -> None:  # noqa: ANN401  (pytest's FixtureDef)
    execute = fixture.execute
    if getattr(execute, "until", None) is until:
        return

    def execute_for(request: pytest.FixtureRequest) -> object:
        asked()
        watch(request, asked, until)
        return execute(request)

    execute_for.until = until  # type: ignore[attr-defined]
    fixture.execute = execute_for
    until.callback(setattr, fixture, "execute", execute)
