"""Stories as HTML pages that need nothing else: a picture, the same in words, every exchange, and an index of them.

Needs Jinja2 (`pip install 'pytest-rollup-fake[report]'`), which escapes everything that comes from a test.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from .picture import draw, look_of
from .timeline import RequestEntry
from .wording import (
    answer_to,
    clock_line,
    details_of,
    findings_of,
    instant,
    job_of,
    name_of,
    skip_text,
    span,
    state_of,
    status_of,
    unstruck_of,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import jinja2
    import markupsafe

    from .timeline import Timeline

MISSING: Final = "{} needs Jinja2; install it with: python -m pip install 'pytest-rollup-fake[report]'"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_PARTS: Final = re.compile(r"(::|[/_.\[])")
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to say of a page: the file it is in, the test, its outcome and how much there was."""

    file: str
    test: str
    outcome: str
    is_failed: bool
    message: str
    trace: str
    requests: int
    findings: int

    def row(self) -> dict[str, Any]:
        """Return it without its texts, for the index."""
        return {name: value for name, value in asdict(self).items() if name not in {"message", "trace"}}


def check_jinja(what: str) -> None:
    """Raise `ImportError` that says what to do if Jinja2, which something needs, is missing."""
    try:
        import jinja2  # noqa: F401  (is it there?)
    except ImportError:
        raise ImportError(MISSING.format(what)) from None


def file_for(test: str) -> str:
    """Return the name of a test's file: safe everywhere, and of no other test."""
    path, _, name = test.partition("::")
    words = _UNSAFE.sub("-", f"{path.rpartition('/')[2].removesuffix('.py')}-{name}").strip("-.")[:_LONGEST_NAME]
    return f"{words}-{hashlib.sha256(test.encode()).hexdigest()[:8]}.html"


def make_page(test: str, outcome: str, timelines: Sequence[Timeline], *, message: str = "", trace: str = "") -> Page:
    """Return what there is to say of a test's page; texts of pytest lose their colours."""
    return Page(
        file=file_for(test),
        test=test,
        outcome=outcome,
        is_failed=outcome != "passed",
        message=_COLOURS.sub("", message),
        trace=_COLOURS.sub("", trace),
        requests=sum(isinstance(entry, RequestEntry) for timeline in timelines for entry in timeline.entries),
        findings=sum(len(timeline.findings) for timeline in timelines),
    )


def render_page(page: Page, timelines: Iterable[Timeline]) -> str:
    """Return a test's page."""
    stories = [(timeline, draw(timeline)) for timeline in timelines]
    return environment().get_template("page.html").render(page=page, stories=stories)


def render_index(pages: Sequence[dict[str, Any]]) -> str:
    """Return the page that links the others."""
    return environment().get_template("index.html").render(pages=pages)


def write_page(folder: Path, page: Page, timelines: Iterable[Timeline]) -> Path:
    """Write a test's page and return where."""
    return _write(folder / page.file, render_page(page, timelines))


def write_index(folder: Path, pages: Sequence[dict[str, Any]]) -> Path:
    """Write the index and return where."""
    return _write(folder / "index.html", render_index(pages))


def style() -> str:
    """Return what our pages look like."""
    return (resources.files(__package__) / "templates" / "style.css").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@cache
def environment() -> jinja2.Environment:
    """Return what renders our templates."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        answer=answer_to,
        breakable=_breakable,
        clock_line=clock_line,
        details=details_of,
        findings=findings_of,
        instant=instant,
        job=job_of,
        look=look_of,
        name=name_of,
        pretty=_pretty,
        skip=skip_text,
        span=span,
        state=state_of,
        status=status_of,
        unstruck=unstruck_of,
        version=version_of,
    )
    return environment


def _breakable(text: str) -> markupsafe.Markup:
    """Return a long name that may be broken where its parts end."""
    import markupsafe

    return markupsafe.Markup(_PARTS.sub(r"\1<wbr>", str(markupsafe.escape(text))))  # noqa: S704  (escaped before)


def _pretty(text: str) -> str:
    """Return JSON over several lines; another text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
