"""The words in which cases are written: what is sent, and what has to come back, in each version.

Texts may hold names that a run fills in: `<job>` (the case's job), `<index>` (its rollup index), `<source>` (the index
that is rolled up), `<missing>` (a name that nothing has) and `<rollup>` (`_rollup`, or `_xpack/rollup` up to 6.5).
"""

from __future__ import annotations

import dataclasses
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Numbers = tuple[int, ...]
Lines = tuple[str, str | None]
"""The first and the last version line of a case; `None`: it still holds."""
NAME: Final = re.compile(r"<(job|index|source|missing|rollup|prefix)>")


def as_numbers(version: str) -> Numbers:
    """Return `"7.17"` as `(7, 17)`, and a version with a suffix such as `-SNAPSHOT` without it."""
    return tuple(int(part) for part in version.partition("-")[0].split("."))


# --- what may differ --------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Changing:
    """A value that changed: each with the version from which on it holds, ascending."""

    steps: tuple[tuple[Numbers, Any], ...]

    def at(self, version: Numbers) -> Any:  # noqa: ANN401  (a value of a case: of any type)
        """Return the value in a version."""
        return [value for since, value in self.steps if since <= version][-1]


def changing(first: object, /, **later: object) -> Changing:
    """Return a value that is `first` in 6.3 and changes at the versions named like `v6_5`."""
    changes = ((as_numbers(key[1:].replace("_", ".")), value) for key, value in later.items())
    return Changing((((6, 3), first), *changes))


class Placeholder:
    """What stands for a value that a case cannot know."""

    def refuse(self, got: object) -> str | None:
        """Return what was expected, or `None` if the value will do."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Pattern(Placeholder):
    """A text of a form."""

    expression: str

    def refuse(self, got: object) -> str | None:
        """Refuse what is no text of that form."""
        if isinstance(got, str) and re.fullmatch(self.expression, got):
            return None
        return f"a text like /{self.expression}/"


class Count(Placeholder):
    """A whole number, not negative: a time, or a number that the cluster gave."""

    def refuse(self, got: object) -> str | None:
        """Refuse everything else."""
        return None if type(got) is int and got >= 0 else "a whole number"


@dataclasses.dataclass(frozen=True)
class Either(Placeholder):
    """One of several texts or numbers: no source says which, or several clusters differ."""

    values: tuple[Any, ...]

    def refuse(self, got: object) -> str | None:
        """Refuse what is none of them."""
        if any(type(got) is type(value) and got == value for value in self.values):
            return None
        return " or ".join(map(repr, self.values))


class Unread(Placeholder):
    """Anything: what stands there was not read anywhere."""

    def refuse(self, got: object) -> str | None:  # noqa: ARG002  (a placeholder's method)
        """Refuse nothing."""
        return None


@dataclasses.dataclass(frozen=True)
class Caused(Placeholder):
    """An error whose innermost cause has this reason, however deep it is wrapped."""

    type: str
    reason: Any

    def refuse(self, got: object) -> str | None:
        """Refuse an error of another type or with another innermost reason."""
        if isinstance(got, dict) and got.get("type") == self.type:
            inner = got
            while isinstance(inner.get("caused_by"), dict):
                inner = inner["caused_by"]
            wanted = self.reason if isinstance(self.reason, Placeholder) else Either((self.reason,))
            if wanted.refuse(inner.get("reason")) is None:
                return None
        return f"a {self.type} whose innermost reason is {self.reason!r}"


@dataclasses.dataclass(frozen=True)
class Containing:
    """An array with such an item among others that are not ours."""

    item: Any


@dataclasses.dataclass(frozen=True)
class Unordered:
    """An object whose keys come in any order, that of a hash."""

    members: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Including:
    """An object of which only these members are a matter of the case."""

    members: Mapping[str, Any]


NODE_ID: Final = Pattern(r"[\w-]{22}")
COUNT: Final = Count()
UNREAD: Final = Unread()


# --- requests and answers ---------------------------------------------------------------------------------------------


class Form(Enum):
    """How a body is written."""

    COMPACT = "JSON without white space"
    PRETTY = "JSON as `pretty` lays it out"
    TEXT = "these very characters"
    HEAD = "no body, its length in the header"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What has to come back. `headers` are those beside the ones that every answer of a version has.

    `content_type` is `None` for the version's usual one. `warnings` are the texts inside the headers, `maybe` those of
    which no source says whether they come.
    """

    status: Any
    body: Any
    headers: Any = ()
    warnings: Any = ()
    maybe: Any = ()
    content_type: Any = None
    form: Any = Form.COMPACT


@dataclasses.dataclass(frozen=True)
class Step:
    """A request, as method and target, and its answer; `None` if another case looks at it.

    `body` is sent as JSON, a `str` or `bytes` as it is. `user` is who sends it where there is security: `"admin"`,
    `"limited"`, a user without a privilege, or `None`, nobody.
    """

    request: Any
    answer: Any = None
    body: Any = None
    headers: Any = ()
    user: str | None = "admin"


class Needs(Enum):
    """What a case needs that not every cluster has; the value says why it is left out elsewhere."""

    NOTHING = ""
    FAKE = "only a fake can hold a job in a state"
    FRESH = "only a fake is a cluster in which rollup was never used"
    YAML = "the fake writes YAML with the extra `yaml` only, which is not installed"
    SECURITY = "the URL has no credentials, and without security nobody is refused"
    LIMITED_USER = "no user without privileges could be created"

    @property
    def reason(self) -> str:
        """Why a case is left out where there is none of it."""
        return str(self.value)


@dataclasses.dataclass(frozen=True)
class Case:
    """What Elasticsearch does, and who says so.

    `job` is the state of the job that there is, `None` for none. `lines` are the version lines that it is about.
    """

    endpoint: str
    name: str
    source: str
    steps: tuple[Step, ...]
    job: str | None = "stopped"
    lines: Lines = ("6.3", None)
    needs: Needs = Needs.NOTHING

    def applies_to(self, version: Numbers) -> bool:
        """Say whether a version is one of those that it is about."""
        line, (since, until) = version[:2], self.lines
        return as_numbers(since) <= line and (until is None or line <= as_numbers(until))


# --- filling in -------------------------------------------------------------------------------------------------------


def resolve(value: Any, version: Numbers, names: Mapping[str, str]) -> Any:  # noqa: ANN401  (a part of a case: of any type)
    """Return a part of a case as it is in a version, with names filled in."""
    if isinstance(value, Changing):
        return resolve(value.at(version), version, names)
    if isinstance(value, str):
        return NAME.sub(lambda match: names[match[1]], value)
    if isinstance(value, dict):
        return {resolve(key, version, names): resolve(member, version, names) for key, member in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(resolve(member, version, names) for member in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **{name: resolve(part, version, names) for name, part in parts.items()})
    return value
