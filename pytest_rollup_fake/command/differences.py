"""What differs between two versions for their callers, by subject: rules, paths, and answers to the same questions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_rollup_fake.model.versions import ROWS
from pytest_rollup_fake.rest.routes import routes_of

from .behaviours import BEHAVIOURS, change_in_words
from .questions import QUESTIONS, Answer, Question, ask, rollup_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_rollup_fake.model.versions import Profile
    from pytest_rollup_fake.rest.routes import Route

_NO_ENDPOINT: Final = "indices"  # the subject of endpoints that are none themselves


class Rule(NamedTuple):
    """A row of the profile that has another value: its phrase, the change, and where that was learned."""

    phrase: str
    change: str
    source: str


class Difference(NamedTuple):
    """A part of an answer (`"header Warning"`) that was, or now is, another one; `None`: not there."""

    part: str
    old: str | None
    new: str | None


class Reanswered(NamedTuple):
    """A question, the requests that ask it in the old and the new version, and what differs in the answers."""

    question: Question
    requests: tuple[str, str]
    differences: tuple[Difference, ...]


@dataclass
class Section:
    """What differs about a subject; `shared` are differences of headers, with the subjects that have them too."""

    subject: str
    rules: list[Rule] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answers: list[Reanswered] = field(default_factory=list)
    shared: list[tuple[Difference, list[str]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.rules or self.paths or self.answers or self.shared)


def compare(old: Profile, new: Profile) -> list[Section]:
    """Return what differs, by subject in the order of `BEHAVIOURS`; differences of headers that subjects share first.

    The first section is `"several"`: headers that have changed in the same way for more than one subject.
    """
    reanswered = [_reanswer(question, old, new) for question in QUESTIONS]
    shared = _shared(reanswered)
    answers = [answer for each in reanswered if (answer := _unshared(each, shared)).differences]
    sections = [Section("several", shared=list(shared.items()))]
    for subject, phrases in BEHAVIOURS.items():
        own = [answer for answer in answers if answer.question.subject == subject]
        sections.append(Section(subject, list(_rules(phrases, old, new)), list(_paths(subject, old, new)), own))
    return [section for section in sections if section]


def _rules(phrases: Mapping[str, str], old: Profile, new: Profile) -> Iterator[Rule]:
    for name, phrase in phrases.items():
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield Rule(phrase, change_in_words(was, now), ROWS[name].source)


# --- answers ----------------------------------------------------------------------------------------------------


def _reanswer(question: Question, old: Profile, new: Profile) -> Reanswered:
    was, now = ask(question, old), ask(question, new)
    requests = tuple(question.request.format(rollup=rollup_path(profile)) for profile in (old, new))
    return Reanswered(question, (requests[0], requests[1]), tuple(_differences(was, now)))


def _differences(was: Answer, now: Answer) -> Iterator[Difference]:
    for part in {**was, **now}:
        if was.get(part) != now.get(part):
            yield Difference(part, was.get(part), now.get(part))


def _shared(answers: Iterable[Reanswered]) -> dict[Difference, list[str]]:
    """Return the differences of headers that several subjects have, each with these subjects."""
    subjects: dict[Difference, list[str]] = defaultdict(list)
    for answer in answers:
        for difference in answer.differences:
            if difference.part.startswith("header ") and answer.question.subject not in subjects[difference]:
                subjects[difference].append(answer.question.subject)
    return {difference: having for difference, having in subjects.items() if len(having) > 1}


def _unshared(answer: Reanswered, shared: dict[Difference, list[str]]) -> Reanswered:
    return answer._replace(differences=tuple(each for each in answer.differences if each not in shared))


# --- paths ------------------------------------------------------------------------------------------------------


def _paths(subject: str, old: Profile, new: Profile) -> Iterator[str]:
    """Yield what becomes of the paths of an endpoint."""
    was, now = _paths_of(subject, old), _paths_of(subject, new)
    for path in {**was, **now}:
        if was.get(path) != now.get(path):
            yield f"{path}: {was.get(path, 'not there')} -> {now.get(path, 'gone')}"


def _paths_of(subject: str, profile: Profile) -> dict[str, str]:
    return {
        f"{method} {route.template.rstrip('/') or '/'}": _standing(route, profile)
        for method, route in routes_of(profile)
        if route.endpoint is not None and _subject_of(route.endpoint) == subject
    }


def _subject_of(endpoint: str) -> str:
    return endpoint if endpoint in BEHAVIOURS else _NO_ENDPOINT


def _standing(route: Route, profile: Profile) -> str:
    if route.compatible_only:
        return f"only with compatible-with={profile.compatible_majors[1]}"
    return "there" if route.replaced_by is None else "deprecated"
