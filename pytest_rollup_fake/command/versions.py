"""`rollup-fake versions`: what the fake knows of each version, and what changes from one to another."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.releases import RELEASES
from pytest_rollup_fake.model.versions import parse_version, profile_of

from .behaviours import BEHAVIOURS, in_words
from .differences import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .differences import Difference, Reanswered, Section

WIDTH: Final = 80
HEADINGS: Final = {
    "several": "several endpoints",
    "indices": "indices and mappings",
    "bodies": "bodies that cannot be read",
    "http": "every request",
    "trouble": "a cluster in trouble",
}


def lines_text() -> str:
    """Return the table of the version lines, each with its newest known release."""
    rows = [("line", "release", "Lucene", "built")]
    rows += [(line, each.number, each.lucene, each.build_date[:10]) for line, each in RELEASES.items()]
    table = [f"{line:6}{number:10}{lucene:8}{built}" for line, number, lucene, built in rows]
    return _joined([*table, "", *_wrapped("A line, or a major such as 9, means its newest release in this table.", "")])


def profile_text(version: str) -> str:
    """Return all that the fake knows of a version; raises `ValueError` for one that is none."""
    profile = profile_of(parse_version(version))
    text = [f"Elasticsearch {profile.version}, as the fake knows it"]
    for subject, phrases in BEHAVIOURS.items():
        text += ["", _heading(subject)]
        for name, phrase in phrases.items():
            text += _wrapped(f"{phrase}: {in_words(getattr(profile, name))}", "  ")
    return _joined(text)


def difference_text(old: str, new: str, subjects: Sequence[str] = ()) -> str:
    """Return what changes for callers from one version to another, or only what does about these subjects.

    Raises `ValueError` for a version or a subject that is none, naming those that there are.
    """
    was, now = (profile_of(parse_version(version)) for version in (old, new))
    for subject in subjects:
        if subject not in BEHAVIOURS:
            message = f"unknown subject {subject!r}; the subjects are {', '.join(BEHAVIOURS)}"
            raise ValueError(message)
    wanted = [section for section in compare(was, now) if not subjects or section.subject in (*subjects, "several")]
    text = [f"Elasticsearch {was.version} -> {now.version}: what changes for callers"]
    for section in wanted:
        text += ["", *_section(section, subjects)]
    return _joined(text if wanted else [*text, "", "Nothing that the fake knows of."])


def _section(section: Section, subjects: Sequence[str]) -> Iterator[str]:
    yield _heading(section.subject)
    for difference, having in section.shared:
        if not subjects or set(subjects) & set(having):
            yield from _difference(difference, "  ")
            yield from _wrapped(f"({', '.join(having)})", "    ")
    for path in section.paths:
        yield from _wrapped(path, "  ")
    for rule in section.rules:
        yield from _wrapped(f"{rule.phrase}: {rule.change}", "  ")
        yield from _wrapped(f"[{rule.source}]", "    ")
    for answer in section.answers:
        yield from _answer(answer)


def _answer(answer: Reanswered) -> Iterator[str]:
    old, new = answer.requests
    yield f"  * {answer.question.title}"
    yield from _wrapped(new if old == new else f"{old} -> {new}", "    ")
    for difference in answer.differences:
        yield from _difference(difference, "      ")


def _difference(difference: Difference, indent: str) -> list[str]:
    """Show a difference in one line if it fits, else what was and what is in lines of their own."""
    part, old, new = difference
    if old is not None and new is not None:
        line = f"{indent}{part}: {old} -> {new}"
        if len(line) <= WIDTH and "\n" not in line:
            return [line]
    shown = [(sign, value) for sign, value in (("-", old), ("+", new)) if value is not None]
    if len(shown) == 1 and len(line := f"{indent}{part}: {' '.join(shown[0])}") <= WIDTH and "\n" not in line:
        return [line]
    return [f"{indent}{part}", *(row for sign, value in shown for row in _wrapped(f"{sign} {value}", f"{indent}  "))]


def _heading(subject: str) -> str:
    return f"{HEADINGS.get(subject, subject)} ".ljust(WIDTH, "-")


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)


def _joined(rows: Sequence[str]) -> str:
    return "\n".join(rows) + "\n"
