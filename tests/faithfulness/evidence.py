"""What the tests that facts name really do: which of them pass, and which versions answer them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.faithfulness.facts import ROOT, claimed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.world import World
    from tests.faithfulness.facts import Fact

VERSION: Final = re.compile(r"\d+(\.\d+){0,2}", re.ASCII)


def names(test: str, node_id: str) -> bool:
    """Say whether a fact that names this test, class or file means this item."""
    rest = node_id.removeprefix(f"tests/{test}")
    return rest != node_id and (not rest or rest.startswith(("::", "[")))


class Witness:
    """A plugin that runs only the tests that are named, and notes the version lines that each speaks to.

    Those are the lines as which a request of the test was answered, and what parameters of the names `line` and
    `version` say, for what is tested below requests.
    """

    def __init__(self, tests: Iterable[str]) -> None:
        self._tests = sorted(set(tests))
        self._requests: list[RecordedRequest] = []
        self._patch = pytest.MonkeyPatch()
        self.seen: dict[str, set[str]] = {}
        """The version lines of each test that passed, by its node id."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselect what no fact names."""
        by_file: defaultdict[str, list[str]] = defaultdict(list)
        for test in self._tests:
            by_file[test.partition("::")[0]].append(test)
        chosen: list[pytest.Item] = []
        others: list[pytest.Item] = []
        for item in items:
            file = item.nodeid.partition("::")[0].removeprefix("tests/")
            is_named = any(names(test, item.nodeid) for test in by_file[file])
            (chosen if is_named else others).append(item)
        config.hook.pytest_deselected(items=others)
        items[:] = chosen

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note the lines of a test that passes."""
        self._requests.clear()
        result = yield
        answered = {request.version.line for request in self._requests if request.version is not None}
        self.seen[item.nodeid] = answered | lines_of_parameters(getattr(item, "callspec", None))
        return result

    def pytest_sessionstart(self) -> None:
        """See every request that any cluster receives."""
        from pytest_rollup_fake.model.world import World

        receive = World.receive

        def receive_and_note(world: World, request: RecordedRequest, node: str | None = None) -> None:
            self._requests.append(request)
            receive(world, request, node)

        self._patch.setattr(World, "receive", receive_and_note)

    def pytest_sessionfinish(self) -> None:
        """Let clusters be as they were."""
        self._patch.undo()


def lines_of_parameters(callspec: Any) -> set[str]:
    """Return the version lines that a test's parameters name."""
    from pytest_rollup_fake.model.versions import parse_version

    given = {} if callspec is None else callspec.params
    texts = [given[name] for name in ("line", "version") if isinstance(given.get(name), str)]
    return {parse_version(text).line for text in texts if VERSION.fullmatch(text)}


def unproved(fact: Fact, seen: dict[str, set[str]]) -> list[str]:
    """Say what a fact claims and its tests do not show."""
    failures = []
    shown: set[str] = set()
    for test in fact.tests:
        found = [node_id for node_id in seen if names(test, node_id)]
        if not found:
            failures.append(f"{fact.id}: {test} did not run, or did not pass")
        shown.update(*(seen[node_id] for node_id in found))
    if lacking := sorted(claimed(fact.lines) - shown, key=lambda line: [int(part) for part in line.split(".")]):
        failures.append(f"{fact.id}: no test speaks to {', '.join(lacking)}")
    return failures


def run(facts: Sequence[Fact], options: Sequence[str]) -> list[str]:
    """Run the tests that facts name, and say what is wrong.

    Nothing of the package may be imported before: pytest could not rewrite its assertions any more, and warns of that.
    """
    tests = {test for fact in facts for test in fact.tests}
    witness = Witness(tests)
    files = sorted({str(ROOT / "tests" / test.partition("::")[0]) for test in tests})
    status = pytest.main([*files, "-q", *options], plugins=[witness])
    if status != pytest.ExitCode.OK:
        return [f"pytest ended with {status!r}"]
    return [failure for fact in facts for failure in unproved(fact, witness.seen)]
