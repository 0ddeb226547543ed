"""Running a test: its conditions, the file's setup, its sections, the file's teardown."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from . import asserting
from .conditions import check_conditions
from .doing import check_status, check_warnings, perform, read_do
from .outcomes import Ended, Failed, NotRun, Outcome, Result
from .stash import Stash, as_text, find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .client import Answer
    from .doing import Cluster
    from .files import Section, SuiteFile

_CONDITIONS: Final = ("skip", "requires")
_CREDENTIALS = re.compile(r"#base64EncodeCredentials\(([^,]+),([^)]+)\)")


def run_test(name: str, file: SuiteFile, sections: Iterable[Section], cluster: Cluster) -> Result:
    """Run a test and return what became of it; the teardown runs in any case, and its failure is the test's."""
    try:
        check_conditions([*file.setup, *file.teardown, *sections], cluster.version)
    except Ended as ended:
        return Result(name, ended.outcome, str(ended))
    result = _run(name, cluster, file.setup, sections)
    after = _run(name, cluster, file.teardown)
    if result.outcome is Outcome.PASSED and after.outcome is not Outcome.PASSED:
        return Result(name, after.outcome, f"teardown: {after.reason}")
    return result


def _run(name: str, cluster: Cluster, *parts: Iterable[Section]) -> Result:
    """Run lists of sections, each with nothing put aside yet."""
    for sections in parts:
        steps = Steps(cluster)
        for section in sections:
            try:
                steps.run(section)
            except Failed as failed:
                return Result(name, Outcome.FAILED, steps.explain(section, failed))
            except Ended as ended:
                return Result(name, ended.outcome, f"line {section.line}: {ended}")
    return Result(name, Outcome.PASSED)


class Steps:
    """Sections that are run one after the other, with the last answer and the values that were put aside."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._stash = Stash()
        self._answer: Answer | None = None

    def run(self, section: Section) -> None:
        """Run a section; raises `Failed` if it does not hold, `NotRun` for a kind that is not known."""
        kind, content = section.kind, section.content
        if kind in _CONDITIONS:
            return
        if kind == "do":
            self._do(content)
        elif kind in ("set", "transform_and_set"):
            self._set(content, transforms=kind == "transform_and_set")
        elif kind in asserting.OF_ONE:
            path = "" if content is None else as_text(content)
            actual = self._value_at(path)
            if not asserting.OF_ONE[kind](actual):
                raise Failed(f"{path or 'the answer'} is {asserting.show(actual)}")
        elif kind in asserting.OF_TWO:
            self._compare(kind, content)
        else:
            raise NotRun(f"sections of the kind {kind} are not known here")

    def explain(self, section: Section, failed: Failed) -> str:
        """Return what failed: the section, what was expected, and the last request with its answer."""
        lines = [f"line {section.line}, {section.kind}: {failed}"]
        if self._answer is not None:
            lines += [f"request: {self._answer.request}", f"answer:  {self._answer}"]
            lines += [f"warning: {warning}" for warning in self._answer.warnings]
        return "\n".join(lines)

    def _do(self, content: object) -> None:
        do = read_do(content)
        self._answer = None
        self._answer = perform(do, self._cluster, self._stash)
        if self._answer is not None:
            check_status(do, self._answer)
            if not do.catch:
                check_warnings(do, self._answer)

    def _compare(self, kind: str, content: object) -> None:
        for path, value in _entries(content, kind):
            actual, expected = self._value_at(path), self._stash.expand(value)
            if kind == "match" and path == "$body" and asserting.is_pattern(expected) and self._answer is not None:
                actual = self._answer.text
            if asserting.OF_TWO[kind](actual, expected):
                continue
            if kind == "match" and not asserting.is_pattern(expected):
                raise Failed("\n".join(asserting.differences(path, actual, expected)))
            raise Failed(f"{path or 'the answer'} is {asserting.show(actual)}, expected {asserting.show(expected)}")

    def _set(self, content: object, *, transforms: bool) -> None:
        for path, name in _entries(content, "set"):
            if transforms:  # the other way round: a name, and what to make of the answer
                self._stash.put(path, self._transform(as_text(name)))
                continue
            value = self._value_at(path)
            if value is None:
                raise Failed(f"there is no {path} in the answer")
            self._stash.put(as_text(name), value)

    def _transform(self, text: str) -> object:
        """Return the credentials that a header wants, or a text that asks for nothing known as it is."""
        match = _CREDENTIALS.fullmatch(text)
        if match is None:
            return text
        user, password = (as_text(self._value_at(part.strip())) for part in match.groups())
        return base64.b64encode(f"{user}:{password}".encode()).decode()

    def _value_at(self, path: str) -> object:
        """Return what is at a place in the last answer; `$name` alone is a value put aside, `$body` the whole body.

        The answer to a HEAD has no body: its whole is whether there is what was asked for.
        """
        if path.startswith("$") and path[1:] in self._stash:
            return self._stash[path[1:]]
        if self._answer is None:
            raise NotRun("there is no answer to look at")
        if not path and self._answer.request.method == "HEAD":
            return not self._answer.is_error
        return find(self._answer.value, self._stash.split(path))


def _entries(content: object, kind: str) -> list[tuple[str, object]]:
    if not isinstance(content, dict) or not content:
        raise NotRun(f"{kind} is a mapping of paths, not {content!r}")
    return list(content.items())
