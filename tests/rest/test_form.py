"""The form of an answer and the destination of a request, and what is remembered of both."""

from __future__ import annotations

import pytest

from pytest_rollup_fake.model.versions import parse_version, profile_of
from pytest_rollup_fake.rest.client import head_of
from pytest_rollup_fake.rest.destination import destination_of
from pytest_rollup_fake.rest.errors import ElasticsearchError
from pytest_rollup_fake.rest.form import form_of

PROFILE = profile_of(parse_version("8.19"))
HEAD = head_of((("Accept", "application/json"),))
STOP = "/_rollup/job/sensor/_stop"


class TestForm:
    """What query string and headers ask for."""

    def test_equal_requests_share_what_was_read(self) -> None:
        """A form is read once for all requests that are alike, whatever their path."""
        assert form_of(PROFILE, HEAD, "pretty", has_body=False) is form_of(PROFILE, HEAD, "pretty", has_body=False)

    @pytest.mark.parametrize("query", ["pretty=maybe", "human=maybe", "error_trace=maybe", "a=%zz"])
    def test_refusals_are_not_remembered(self, query: str) -> None:
        """An exception keeps alive what has raised it, so each request gets one of its own."""
        first, second = (form_of(PROFILE, HEAD, query, has_body=False) for _ in range(2))

        assert (first.refusal or first.late_refusal) is not None
        assert (first.refusal or first.late_refusal) is not (second.refusal or second.late_refusal)

    def test_bad_form_is_refused_in_the_form_of_the_headers(self) -> None:
        """What is wrong with `pretty` takes `format` and the other parameters with it."""
        form = form_of(PROFILE, HEAD, "format=yaml&pretty=maybe&error_trace", has_body=False)

        assert (form.media.format, form.pretty, form.error_trace) == ("json", False, False)


class TestDestination:
    """Where path and method lead."""

    def test_equal_paths_share_what_was_found(self) -> None:
        """A destination is found once for all requests of one path and method."""
        destination = destination_of(PROFILE, "POST", STOP, None)

        assert destination is destination_of(PROFILE, "POST", STOP, None)
        assert (destination.job, dict(destination.parameters), destination.path) == ("sensor", {"id": "sensor"}, STOP)

    def test_versions_do_not_share(self) -> None:
        """The old path leads to the endpoint where a version has it, and in 9 nowhere."""
        old = "/_xpack/rollup/job/sensor/_stop"
        routes = [destination_of(profile_of(parse_version(v)), "POST", old, None).route for v in ("6.8", "9")]

        assert [route and route.endpoint for route in routes] == ["stop", None]

    def test_bad_escape_is_refused_each_time(self) -> None:
        """What cannot be decoded has no destination."""
        for _ in range(2):
            with pytest.raises(ElasticsearchError):
                destination_of(profile_of(parse_version("6.8")), "POST", "/_rollup/job/%zz/_stop", None)
