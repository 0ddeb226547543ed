"""The pages: what is in them, and that nothing of a test can break them."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from pytest_rollup_fake.report.pages import Page, file_for, make_page, render_index, render_page
from tests.report.stories import STOPPED_LATE, request, state, timeline

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"
PAGE: Final = make_page(
    "tests/test_retire.py::test_gives_up",
    "failed in call",
    [STOPPED_LATE],
    message="AssertionError: assert \x1b[31m'stopping'\x1b[0m == 'stopped'",
    trace="the traceback",
)
EVIL: Final = "<script>alert('&amp;')</script>"


def body_of(html: str) -> str:
    """Return a page without its head, whose styles are no business of a snapshot."""
    return html[html.index("<body>") :]


class Elements(HTMLParser):
    """The elements of a page, and those that are not closed in their order."""

    VOID: Final = frozenset({"meta", "wbr", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.loads += [value for name, value in attrs if name in {"src", "href"} and value]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG."""
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which has to be this one."""
        assert self._open.pop() == tag


class TestPage:
    """One test's page."""

    def test_is_as_it_was_when_it_was_last_looked_at(self) -> None:
        """After a change that is meant, run with UPDATE_SNAPSHOTS=1 and look at the page in a browser."""
        html = body_of(render_page(PAGE, [STOPPED_LATE]))
        snapshot = SNAPSHOTS / "page.html"
        if os.environ.get("UPDATE_SNAPSHOTS"):
            snapshot.write_text(html, encoding="utf-8")
        assert html == snapshot.read_text(encoding="utf-8")

    def test_is_whole_and_loads_nothing(self) -> None:
        """No script, no font, no picture from elsewhere; every element is closed, every id there is once."""
        html = render_page(PAGE, [STOPPED_LATE, STOPPED_LATE])
        elements = Elements(html)

        assert not {"script", "link", "img", "iframe", "object"} & set(elements.tags)
        assert elements.loads == ["index.html"]
        assert "url(#" in html
        assert not re.search(r"url\((?!#)|@import|https?://(?!127\.0\.0\.1)", html)
        assert len(elements.ids) == len(set(elements.ids))

    def test_has_every_exchange_and_says_the_story_in_words(self) -> None:
        """Beside the picture, for those who cannot see it."""
        html = render_page(PAGE, [STOPPED_LATE])

        assert html.count("POST /_rollup/job/sensor/_stop?wait_for_completion=true&amp;timeout=10s") == 2
        assert "struck by faults.reset(), its effect was skipped" in html
        assert "sensor is <strong>stopping</strong>: stop (request #2)" in html
        assert 'aria-label="Request 2: POST stop sensor, 500"' in html

    def test_shows_what_pytest_said_without_its_colours(self) -> None:
        """Message and traceback."""
        html = render_page(PAGE, [STOPPED_LATE])

        assert "AssertionError: assert &#39;stopping&#39; == &#39;stopped&#39;" in html
        assert "the traceback" in html
        assert "\x1b" not in html

    def test_cannot_be_broken_by_what_a_test_sends(self) -> None:
        """Everything is escaped, in text and in attributes."""
        evil = '"><script>' + EVIL
        story = timeline(
            request(1, 0, "stop", job=evil, query=evil, body=evil, headers=((evil, evil),), response=evil, reason=evil),
            state(2, 0, "stopped", evil, evil),
            request(3, 1, "unfaked", path=evil, method=evil, fault=evil, user=evil),
            findings=(evil,),
            unstruck=(f"{evil} too",),
        )
        html = render_page(make_page(evil, "failed in call", [story], message=evil, trace=evil), [story])

        assert "script" not in Elements(html).tags

    def test_of_a_cluster_that_saw_nothing_says_so(self) -> None:
        """There is no picture then."""
        html = render_page(PAGE, [timeline()])
        assert "No request has reached the cluster" in html
        assert 'class="picture"' not in html

    def test_knows_light_dark_narrow_and_paper(self) -> None:
        """By media queries alone."""
        html = render_page(PAGE, [STOPPED_LATE])
        assert all(
            f"@media {query}" in html for query in ("(prefers-color-scheme: dark)", "(max-width: 640px)", "print")
        )


class TestIndex:
    """The page that links the others."""

    def test_links_the_pages_with_their_outcomes(self) -> None:
        """And how much there is to see."""
        html = render_index([PAGE.row()])
        assert f'<a href="{PAGE.file}">tests/<wbr>test_<wbr>retire.<wbr>py::<wbr>test_<wbr>gives_<wbr>up</a>' in html
        assert "failed in call" in html
        assert '<td class="count">37</td>' in html
        Elements(html)

    def test_of_nothing_says_so(self) -> None:
        """No test with a cluster has failed."""
        assert "No test with a cluster has failed." in render_index([])


class TestFile:
    """The name of a page's file."""

    @pytest.mark.parametrize(
        "test",
        [
            "tests/a.py::test_x",
            "a.py::T::test_x[a/b]",
            "a.py::test_x[../../etc]",
            "a.py::test_x[" + "ä" * 500 + "]",
            "a::",
        ],
    )
    def test_is_safe_everywhere(self, test: str) -> None:
        """Whatever parameters a test has."""
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.html", file_for(test))

    def test_is_of_one_test_only(self) -> None:
        """Also where two names differ in what is left out, and the same each time."""
        names = ["a.py::test_x[a/b]", "a.py::test_x[a-b]", "b/a.py::test_x[a-b]"]
        assert len({file_for(name) for name in names}) == 3
        assert file_for(names[0]) == file_for(names[0])
        assert file_for("tests/test_retire.py::test_it").startswith("test_retire-test_it-")


def test_a_page_knows_how_much_there_is() -> None:
    """For the index."""
    assert isinstance(PAGE, Page)
    assert (PAGE.requests, PAGE.findings, PAGE.is_failed) == (37, 1, True)
