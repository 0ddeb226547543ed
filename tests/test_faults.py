"""Faults as values: how they are made, compared and shown, and what cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import Fault, faults

if TYPE_CHECKING:
    from collections.abc import Callable

SIMPLE = (
    faults.too_many_requests,
    faults.circuit_breaking,
    faults.no_master,
    faults.cluster_block,
    faults.process_cluster_event_timeout,
    faults.failed_node,
    faults.state_update_failed,
    faults.not_acknowledged,
    faults.unauthenticated,
    faults.forbidden,
    faults.bad_gateway,
    faults.service_unavailable,
    faults.gateway_timeout,
    faults.reset,
    faults.empty_reply,
    faults.hang,
    faults.garbage,
    faults.truncate,
    faults.excess,
)


@pytest.mark.parametrize("make", SIMPLE, ids=lambda make: make.__name__)
class TestSimple:
    """Those that need no argument."""

    def test_shows_the_call_that_makes_it(self, make: Callable[[], Fault]) -> None:
        """As it stands in a test."""
        assert repr(make()) == f"faults.{make.__name__}()"

    def test_equals_another_one_of_its_kind(self, make: Callable[[], Fault]) -> None:
        """So `request.fault == faults.reset()` says what struck."""
        assert make() == make()
        assert len({make(), make()}) == 1

    def test_differs_from_every_other_kind(self, make: Callable[[], Fault]) -> None:
        """Also from those that need as little."""
        assert [other for other in SIMPLE if other() == make()] == [make]

    def test_cannot_be_changed(self, make: Callable[[], Fault]) -> None:
        """It may be shared by tests."""
        with pytest.raises((AttributeError, TypeError)):
            make().name = "another"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (
            faults.error(418, "teapot_exception", "short"),
            "faults.error(status=418, type='teapot_exception', reason='short')",
        ),
        (faults.cluster_block("logs"), "faults.cluster_block(index='logs')"),
        (faults.forbidden("ops", ["a", "b"]), "faults.forbidden(user='ops', roles=('a', 'b'))"),
        (faults.response(299, "x" * 5000), "faults.response(299)"),
        (faults.truncate(3), "faults.truncate(at=3)"),
        (faults.truncate("head"), "faults.truncate(at='head')"),
        (faults.garbage(b"\x00"), r"faults.garbage(data=b'\x00')"),
        (faults.slow("5s"), "faults.slow(duration='5s')"),
        (faults.delay(1.5), "faults.delay(duration=1.5)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arguments_are_shown(fault: Fault, shown: str) -> None:
    """Those that make a difference, and no page of HTML."""
    assert repr(fault) == shown


class TestResponse:
    """Anything that somebody in between may say."""

    @pytest.mark.parametrize(
        ("body", "data", "content_type"),
        [
            ("tea", b"tea", "text/plain; charset=UTF-8"),
            ({"a": [1]}, b'{"a": [1]}', "application/json"),
            ([1], b"[1]", "application/json"),
            (b"\x00", b"\x00", "application/octet-stream"),
        ],
        ids=["text", "object", "list", "bytes"],
    )
    def test_the_content_type_suits_the_body(self, body: Any, data: bytes, content_type: str) -> None:
        """Unless the headers name one."""
        assert faults.response(200, body).body == data
        assert faults.response(200, body).headers == (("content-type", content_type),)
        assert faults.response(200, body, {"Content-Type": "a/b"}).headers == (("Content-Type", "a/b"),)

    def test_nothing_has_no_content_type(self) -> None:
        """There is nothing to describe."""
        assert faults.response(204).headers == ()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: faults.error(200, "x", "y"), ValueError, "between 400 and 599, not 200"),
        (lambda: faults.error(True, "x", "y"), ValueError, "between 400 and 599, not True"),
        (lambda: faults.response(99), ValueError, "between 200 and 599, not 99"),
        (lambda: faults.response("200"), ValueError, "between 200 and 599, not '200'"),  # type: ignore[arg-type]
        (lambda: faults.truncate(-1), ValueError, "at least 0, or 'head', not -1"),
        (lambda: faults.truncate("body"), ValueError, "or 'head', not 'body'"),  # type: ignore[arg-type]
        (lambda: faults.garbage(b""), ValueError, "use faults.empty_reply"),
        (lambda: faults.garbage("text"), ValueError, "takes the bytes to send, not 'text'"),  # type: ignore[arg-type]
        (lambda: faults.excess(b""), ValueError, "the bytes that are too many"),
        (lambda: faults.forbidden(roles="admin"), TypeError, "a list of names, not the text 'admin'"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Callable[[], Fault], error: type[Exception], message: str) -> None:
    """At once, where it is written."""
    with pytest.raises(error, match=message):
        make()
