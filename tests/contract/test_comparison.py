"""What counts as a difference: everything but ids, times and hashes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pytest_rollup_fake.contract.client import Client, Response
from pytest_rollup_fake.contract.comparison import compare, compare_values
from pytest_rollup_fake.contract.expectation import (
    COUNT,
    NODE_ID,
    UNREAD,
    Answer,
    Caused,
    Containing,
    Either,
    Form,
    Including,
    Pattern,
    Unordered,
    changing,
    resolve,
)
from pytest_rollup_fake.contract.product import Product

PRODUCT = Product("9.5.4", "abc", is_fake=True, is_secured=False)
WARNING = ("Warning", '299 Elasticsearch-9.5.4-abc "text \\"quoted\\""')
WANTED = Answer(200, {"a": 1, "b": []}, warnings=('text "quoted"',))
GOT = Response(
    200,
    (
        ("X-elastic-product", "Elasticsearch"),
        WARNING,
        ("content-type", "application/json"),
        ("content-length", "14"),
    ),
    b'{"a":1,"b":[]}',
)


def differences(**changes: Any) -> list[str]:
    """Return what is different in an answer that is changed like this."""
    return compare(WANTED, dataclasses.replace(GOT, **changes), PRODUCT)


def with_field(name: str, *values: str) -> tuple[tuple[str, str], ...]:
    """Return the headers with these values of one, in the place of its own."""
    return (*(field for field in GOT.headers if field[0] != name), *((name, value) for value in values))


class TestAnswers:
    """Status, headers and bodies."""

    def test_the_same(self) -> None:
        """Nothing is different."""
        assert differences() == []

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"status": 404}, "status: expected 200, got 404"),
            ({"headers": with_field("X-elastic-product")}, "header missing: X-elastic-product: Elasticsearch"),
            ({"headers": with_field("x-elastic-product", "Elasticsearch")}, "header not expected: x-elastic-product"),
            ({"headers": with_field("Date", "today")}, "header not expected: Date: today"),
            ({"headers": with_field("content-type", "application/json;charset=utf-8")}, "header missing: content-type"),
            ({"headers": with_field("content-length")}, "content-length: expected ['14'], got []"),
            ({"headers": with_field("Warning")}, 'warning missing: text "quoted"'),
            ({"headers": with_field("Warning", WARNING[1], WARNING[1])}, 'warning not expected: text "quoted"'),
            ({"headers": with_field("Warning", "199 x")}, "header Warning: is not of the form"),
            (
                {"headers": with_field("Warning", '299 Elasticsearch-9.5.3-abc "text \\"quoted\\""')},
                "header Warning: expected the build 9.5.4-abc, got 9.5.3-abc",
            ),
            (
                {"headers": with_field("Warning", f'{WARNING[1]} "Mon, 01 Jan 2018 00:00:00 GMT"')},
                "header Warning: expected no date at its end",
            ),
            ({"body": b'{"a":2,"b":[]}'}, "body.a: expected 1, got 2"),
            ({"body": b'{"b":[],"a":1}'}, "body: expected the order a, b, got b, a"),
            ({"body": b'{"a": 1,"b":[]}'}, "body: expected JSON without white space"),
            ({"body": b"no"}, "body: expected JSON, got 'no'"),
        ],
    )
    def test_each_difference_is_named(self, changes: dict[str, Any], expected: str) -> None:
        """One line for it."""
        assert any(line.startswith(expected) for line in differences(**changes))

    def test_a_standing_warning_comes_with_every_success(self) -> None:
        """7.13 to 7.17 warn of security that is off; refusals that come before security need not."""
        product = dataclasses.replace(PRODUCT, standing_warnings=("insecure",))

        assert compare(WANTED, GOT, product) == ["warning missing: insecure"]
        refusal = dataclasses.replace(GOT, status=405)
        assert compare(dataclasses.replace(WANTED, status=405), refusal, product) == []

    def test_a_real_cluster_may_say_a_warning_twice(self) -> None:
        """Each of its nodes may."""
        got = dataclasses.replace(GOT, headers=(*GOT.headers, WARNING))

        assert compare(WANTED, got, dataclasses.replace(PRODUCT, is_fake=False)) == []

    def test_pretty(self) -> None:
        """With its white space and its end of line."""
        body = b'{\n  "a" : 1,\n  "b" : [ ]\n}\n'
        got = dataclasses.replace(GOT, body=body, headers=with_field("content-length", str(len(body))))

        assert compare(dataclasses.replace(WANTED, form=Form.PRETTY), got, PRODUCT) == []
        assert compare(dataclasses.replace(WANTED, form=Form.PRETTY), GOT, PRODUCT) != []

    def test_no_body(self) -> None:
        """That of HEAD; the header tells how long it would be."""
        wanted = dataclasses.replace(WANTED, form=Form.HEAD)

        assert compare(wanted, dataclasses.replace(GOT, body=b""), PRODUCT) == []
        assert compare(wanted, GOT, PRODUCT) != []


class TestValues:
    """What stands for what a case cannot know."""

    @pytest.mark.parametrize(
        ("wanted", "good", "bad"),
        [
            (1, 1, True),
            (1, 1, 1.0),
            ("a", "a", "b"),
            ([1, 2], [1, 2], [2, 1]),
            ([1], [1], [1, 1]),
            ({"a": 1}, {"a": 1}, {"a": 1, "b": 2}),
            (Unordered({"a": 1, "b": 2}), {"b": 2, "a": 1}, {"a": 1}),
            (Including({"a": 1}), {"b": 2, "a": 1}, {"b": 2}),
            (Containing(Including({"a": 1})), [{}, {"a": 1}], [{}]),
            (Pattern("a+"), "aa", "ab"),
            (Pattern("a+"), "aa", None),
            (COUNT, 0, -1),
            (COUNT, 7, "7"),
            (NODE_ID, "FhzPJ_ibQoS6vX9AbmETzA", "node-1"),
            (Either(("a", "b")), "b", "c"),
            (Caused("x", "r"), {"type": "x", "caused_by": {"reason": "r"}}, {"type": "x", "reason": "q"}),
        ],
    )
    def test_what_will_do(self, wanted: object, good: object, bad: object) -> None:
        """And what will not."""
        assert list(compare_values(wanted, good, "it")) == []
        assert list(compare_values(wanted, bad, "it"))

    def test_what_nobody_has_read(self) -> None:
        """Anything will do."""
        assert list(compare_values(UNREAD, object(), "it")) == []

    def test_versions_and_names_are_filled_in(self) -> None:
        """However deep they are."""
        value = {"a": [changing("<job>", v7_0=Pattern("<job>!"))]}

        assert resolve(value, (6, 8, 23), {"job": "x"}) == {"a": ["x"]}
        assert resolve(value, (7, 0, 0), {"job": "x"}) == {"a": [Pattern("x!")]}


class TestUrls:
    """Where a cluster is, and who asks it."""

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("http://localhost", "http://localhost:9200"),
            ("https://user:p%40ss@host:9243/", "https://host:9243"),
            ("http://[::1]:9200", "http://[::1]:9200"),
        ],
    )
    def test_a_url_is_shown_without_credentials(self, given: str, shown: str) -> None:
        """The port is 9200 unless it is given."""
        assert Client(given).url == shown

    def test_credentials_are_decoded(self) -> None:
        """A password may hold what a URL cannot."""
        assert Client("http://user:p%40ss@host").credentials == "Basic dXNlcjpwQHNz"

    @pytest.mark.parametrize("url", ["localhost:9200", "ftp://host", "http://host/path", "http://", "http://host?x"])
    def test_what_is_no_url_is_refused(self, url: str) -> None:
        """With the form that one has."""
        with pytest.raises(ValueError, match=r"a cluster's URL is of the form http\[s\]://"):
            Client(url)
