"""Media types: what a request speaks, what its answer is sent in, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.rest.errors import SimpleError
from pytest_rollup_fake.rest.media_types import (
    MediaTypeHeaderError,
    MediaTypes,
    check_body,
    negotiate,
    requested_major,
)

JSON = "application/json"
VENDOR = "application/vnd.elasticsearch+json"
FOR_9, FOR_8, FOR_7, FOR_6 = (f"{VENDOR}; compatible-with={major}" for major in (9, 8, 7, 6))
REQUIRED = (
    "A compatible version is required on both Content-Type and Accept headers "
    "if either one has requested a compatible version"
)
MUST_MATCH = f"{REQUIRED} and the compatible versions must match"


@dataclass(frozen=True)
class Profile:
    """As much of a version as media types need."""

    media_types: Literal["ignored", "tolerated", "strict"]
    compatible_majors: tuple[int, int] = (8, 7)
    json_content_type: str = JSON
    exception_content_type: str | None = None


V7_10 = Profile("ignored", json_content_type="application/json; charset=UTF-8")
V7_17 = Profile("tolerated", json_content_type="application/json; charset=UTF-8")
V8_6 = Profile("strict", exception_content_type="application/json;charset=utf-8")
V8_19 = Profile("strict")
V9 = Profile("strict", (9, 8))
EVERY_WAY = pytest.mark.parametrize("profile", [V7_10, V7_17, V8_19, V9], ids=["7.10", "7.17", "8.19", "9"])


def ask(
    profile: Profile,
    accept: str | list[str] = "",
    content_type: str | list[str] = "",
    *,
    has_body: bool = False,
    format_parameter: str | None = None,
) -> MediaTypes:
    """Negotiate with headers given as one value, as several, or not at all."""
    return negotiate(
        profile, as_values(accept), as_values(content_type), has_body=has_body, format_parameter=format_parameter
    )


def as_values(values: str | list[str]) -> tuple[str, ...]:
    """Return the values of a header; an empty text is no header."""
    if isinstance(values, list):
        return tuple(values)
    return (values,) if values else ()


def refusal(
    profile: Profile, accept: str | list[str] = "", content_type: str | list[str] = "", *, has_body: bool = False
) -> MediaTypeHeaderError:
    """Return the error that refuses these headers."""
    with pytest.raises(MediaTypeHeaderError) as caught:
        ask(profile, accept, content_type, has_body=has_body)
    return caught.value


class TestJson:
    """JSON is what everybody gets who does not ask for anything else."""

    @EVERY_WAY
    @pytest.mark.parametrize(
        "accept", ["", JSON, "*/*", "application/*", "text/html", "text/html,application/xml;q=0.9,*/*;q=0.8"]
    )
    def test_is_the_default(self, profile: Profile, accept: str) -> None:
        """Without a usable Accept the answer is JSON, sent as the version's plain JSON type."""
        assert ask(profile, accept) == MediaTypes("json", profile.json_content_type, None, None)

    @pytest.mark.parametrize("profile", [V8_19, V9])
    def test_echoes_parameters_of_accept(self, profile: Profile) -> None:
        """From 8.0 on other parameters of Accept come back, in lower case and without the space."""
        assert ask(profile, "application/json; charset=UTF-8").content_type == "application/json;charset=utf-8"

    def test_does_not_echo_parameters_before_8(self) -> None:
        """Up to 7.17 the answer's type is fixed."""
        assert ask(V7_17, "application/json;charset=utf-8").content_type == "application/json; charset=UTF-8"

    @EVERY_WAY
    def test_newline_delimited_is_answered_in_json(self, profile: Profile) -> None:
        """A request in newline-delimited JSON gets plain JSON."""
        media_types = ask(profile, content_type="application/x-ndjson", has_body=True)
        assert (media_types.format, media_types.content_type) == ("json", profile.json_content_type)


class TestPrecedence:
    """`?format=` goes before Accept, Accept before Content-Type."""

    @EVERY_WAY
    def test_parameter_wins(self, profile: Profile) -> None:
        """The parameter beats both headers."""
        media_types = ask(profile, "application/cbor", "application/smile", format_parameter="yaml")
        assert (media_types.format, media_types.content_type) == ("yaml", "application/yaml")

    @EVERY_WAY
    def test_accept_beats_content_type(self, profile: Profile) -> None:
        """What the client wants counts more than what it sends."""
        assert ask(profile, "application/yaml", JSON).content_type == "application/yaml"

    @EVERY_WAY
    @pytest.mark.parametrize("format_", ["yaml", "smile", "cbor"])
    def test_content_type_decides_alone(self, profile: Profile, format_: str) -> None:
        """Without parameter and Accept the answer is in the request's own format, even without a body."""
        media_types = ask(profile, content_type=f"application/{format_}")
        assert (media_types.format, media_types.content_type) == (format_, f"application/{format_}")

    @pytest.mark.parametrize("profile", [V8_19, V9])
    def test_unknown_parameter_is_ignored_from_8_on(self, profile: Profile) -> None:
        """A format that nobody knows leaves the choice to the headers."""
        assert ask(profile, "application/yaml", format_parameter="xml").format == "yaml"

    @pytest.mark.parametrize("profile", [V7_10, V7_17])
    @pytest.mark.parametrize("name", ["xml", ""])
    def test_unknown_parameter_takes_the_place_of_accept_before_8(self, profile: Profile, name: str) -> None:
        """Up to 7.17 `?format=` is read in the place of Accept, so that only Content-Type is left."""
        assert ask(profile, "application/yaml", format_parameter=name).format == "json"
        assert ask(profile, "application/yaml", "application/cbor", format_parameter=name).format == "cbor"

    @pytest.mark.parametrize("name", ["yaml", "YAML", "application/yaml"])
    def test_formats_and_media_types_are_one_before_8(self, name: str) -> None:
        """Up to 7.17 `?format=` takes a media type, and Accept a format."""
        assert ask(V7_17, format_parameter=name).format == "yaml"
        assert ask(V7_17, name).format == "yaml"

    def test_parameters_of_accept_stay_with_another_format(self) -> None:
        """From 8.0 on Accept's parameters are sent whichever format was chosen (AbstractRestChannel.newBuilder)."""
        media_types = ask(V8_19, FOR_8, format_parameter="yaml")
        assert media_types == MediaTypes("yaml", "application/yaml;compatible-with=8", None, 8)


class TestVendorTypes:
    """`application/vnd.elasticsearch+json; compatible-with=8` and its like."""

    @pytest.mark.parametrize("profile", [V7_10, V7_17])
    @pytest.mark.parametrize("accept", [FOR_9, FOR_8, FOR_7, FOR_6])
    def test_are_answered_in_plain_json_before_8(self, profile: Profile, accept: str) -> None:
        """Up to 7.17 any version is asked for in vain."""
        assert ask(profile, accept) == MediaTypes("json", "application/json; charset=UTF-8", None, None)

    def test_choose_the_format_from_7_11_on(self) -> None:
        """7.11 to 7.17 read the format in a vendor type, 7.10 does not."""
        accept = "application/vnd.elasticsearch+yaml;compatible-with=8"
        assert ask(V7_17, accept).content_type == "application/yaml"
        assert ask(V7_10, accept).content_type == "application/json; charset=UTF-8"

    @pytest.mark.parametrize(("profile", "major"), [(V8_19, 8), (V8_19, 7), (V9, 9), (V9, 8)])
    def test_are_echoed_without_the_space(self, profile: Profile, major: int) -> None:
        """From 8.0 on the two versions that are spoken come back as they were asked for."""
        sent = f"{VENDOR}; compatible-with={major}"
        expected = MediaTypes("json", f"{VENDOR};compatible-with={major}", None, major)
        assert ask(profile, sent) == expected
        assert ask(profile, sent, sent, has_body=True) == expected

    def test_of_other_formats_are_echoed(self) -> None:
        """A vendor type of YAML stays one."""
        sent = "application/vnd.elasticsearch+yaml; compatible-with=8"
        assert ask(V8_19, sent) == MediaTypes("yaml", "application/vnd.elasticsearch+yaml;compatible-with=8", None, 8)

    def test_in_a_list_count_as_absent(self) -> None:
        """What the JavaScript client sends without a body yields the Content-Type without parameters."""
        media_types = ask(V8_19, f"{FOR_8},text/plain", FOR_8)
        assert media_types == MediaTypes("json", VENDOR, None, None)

    def test_work_with_any_case(self) -> None:
        """Media types have no case, and the answer has lower case."""
        assert ask(V8_19, FOR_8.upper()).content_type == f"{VENDOR};compatible-with=8"


class TestVersions:
    """Versions in the headers that do not fit the server or each other."""

    @pytest.mark.parametrize(
        ("profile", "accept", "text"),
        [
            (V8_19, FOR_9, f"Accept version must be either version 8 or 7, but found 9. Accept={FOR_9}"),
            (V8_19, FOR_6, f"Accept version must be either version 8 or 7, but found 6. Accept={FOR_6}"),
            (V9, FOR_7, f"Accept version must be either version 9 or 8, but found 7. Accept={FOR_7}"),
        ],
    )
    def test_unknown_in_accept_is_refused(self, profile: Profile, accept: str, text: str) -> None:
        """A client of another major is told which versions are spoken, with or without a body."""
        for has_body in (False, True):
            error = refusal(profile, accept, accept, has_body=has_body)
            assert error.caused_by is not None
            assert (error.type, error.reason, error.status) == (
                "media_type_header_exception",
                "Invalid media-type value on headers [Accept, Content-Type]",
                400,
            )
            assert (error.caused_by.type, error.caused_by.reason) == ("status_exception", text)

    def test_refusal_is_its_own_root_cause(self) -> None:
        """The outer exception is none of Elasticsearch's own (seen in elastic/elasticsearch-ruby#2665)."""
        error = refusal(V8_19, FOR_9)
        assert error.root_cause is error

    def test_unknown_in_content_type_is_refused_with_a_body(self) -> None:
        """The version of Content-Type matters with a body only."""
        error = refusal(V8_19, FOR_8, FOR_6, has_body=True)
        assert error.caused_by is not None
        assert error.caused_by.reason == (
            f"Content-Type version must be either version 8 or 7, but found 6. Content-Type={FOR_6}"
        )
        assert ask(V8_19, FOR_8, FOR_6).compatible_with == 8

    @pytest.mark.parametrize(
        ("accept", "content_type", "text"),
        [
            (FOR_7, FOR_8, f"{MUST_MATCH}. Accept={FOR_7}, Content-Type={FOR_8}"),
            ("", FOR_7, f"{MUST_MATCH}. Accept=null, Content-Type={FOR_7}"),
            (FOR_8, JSON, f"{REQUIRED}. Accept={FOR_8}, Content-Type={JSON}"),
            (FOR_8, "", f"{REQUIRED}. Accept={FOR_8}, Content-Type=null"),
            ("*/*", FOR_8, f"{REQUIRED}. Accept=null, Content-Type={FOR_8}"),
        ],
    )
    def test_have_to_agree_with_a_body(self, accept: str, content_type: str, text: str) -> None:
        """With a body both headers ask for the same version, or neither does."""
        error = refusal(V8_19, accept, content_type, has_body=True)
        assert error.caused_by is not None
        assert error.caused_by.reason == text

    def test_neither_is_fine(self) -> None:
        """Vendor types without a version need no agreement."""
        assert ask(V8_19, JSON, VENDOR, has_body=True).content_type == JSON

    def test_without_a_number_are_refused(self) -> None:
        """A version that is no number is refused as a bad parameter."""
        error = refusal(V8_19, f"{VENDOR};compatible-with=eight")
        assert error.caused_by is not None
        assert error.caused_by.reason == f"invalid parameters for header [{VENDOR};compatible-with=eight]"


class TestMalformedHeaders:
    """What is no media type at all is refused, even without a body."""

    @pytest.mark.parametrize("profile", [V7_10, V7_17])
    @pytest.mark.parametrize(
        ("content_type", "text"),
        [
            (["abc"], "invalid Content-Type header [abc]"),
            (["a/b/c; x=y"], "invalid Content-Type header [a/b/c; x=y]"),
            ([JSON, JSON], "only one Content-Type header should be provided"),
        ],
    )
    def test_content_type_before_8(self, profile: Profile, content_type: list[str], text: str) -> None:
        """Up to 7.17 a malformed Content-Type is a content_type_header_exception."""
        error = refusal(profile, content_type=content_type)
        assert (error.type, error.status) == ("content_type_header_exception", 400)
        assert error.reason == f"java.lang.IllegalArgumentException: {text}"
        assert error.caused_by is not None
        assert (error.caused_by.type, error.caused_by.reason) == ("illegal_argument_exception", text)

    @pytest.mark.parametrize("profile", [V7_10, V7_17])
    @pytest.mark.parametrize("accept", ["abc", " ", ["a", "b"], f"{VENDOR};compatible-with=eight"])
    def test_accept_before_8_is_ignored(self, profile: Profile, accept: str | list[str]) -> None:
        """Up to 7.17 nothing is wrong with any Accept."""
        assert ask(profile, accept).format == "json"

    @pytest.mark.parametrize("header", ["Accept", "Content-Type"])
    @pytest.mark.parametrize(
        ("values", "text"),
        [
            (["abc"], "invalid media-type [abc]"),
            ([" "], "Header [{header}] cannot be empty."),
            ([JSON, JSON], "Incorrect header [{header}]. Only one value should be provided"),
            (["application/json; charset"], "invalid parameters for header [application/json; charset]"),
            (["application/json; a= b"], "invalid parameters for header [application/json; a= b]"),
            (["application/json; a =b"], "invalid parameters for header [application/json; a =b]"),
        ],
    )
    def test_from_8_on(self, header: str, values: list[str], text: str) -> None:
        """From 8.0 on a malformed header is a media_type_header_exception that names it."""
        error = refusal(V8_19, **{header.lower().replace("-", "_"): values})  # type: ignore[arg-type]
        assert (error.type, error.status) == ("media_type_header_exception", 400)
        assert error.reason == f"Invalid media-type value on headers [{header}]"
        assert error.caused_by is not None
        assert error.caused_by.type == "illegal_argument_exception"
        assert error.caused_by.reason == text.format(header=header)

    @pytest.mark.parametrize("accept", ["application/json/", "application/json;", " application / json ;; a=b"])
    def test_harmless_oddities_from_8_on(self, accept: str) -> None:
        """Spaces and empty parts that Java's split drops are no error."""
        assert ask(V8_19, accept).format == "json"

    @given(st.lists(st.text(max_size=30), max_size=2), st.lists(st.text(max_size=30), max_size=2), st.booleans())
    def test_any_header_is_answered(self, accept: list[str], content_type: list[str], has_body: bool) -> None:  # noqa: FBT001
        """Whatever the headers are, there is an answer, or a refusal that has one."""
        for profile in (V7_10, V7_17, V8_19, V9):
            try:
                answer = ask(profile, accept, content_type, has_body=has_body)
            except MediaTypeHeaderError as error:
                answer = error.answer
            assert answer.format in ("json", "yaml", "smile", "cbor")


class TestAnswerOfRefusal:
    """A refusal is sent as the request would be answered without the headers that failed."""

    def test_accept_is_left_out(self) -> None:
        """A bad Accept leaves the Content-Type to decide."""
        assert refusal(V8_19, "abc", VENDOR).answer == MediaTypes("json", VENDOR, None, None)

    def test_content_type_is_left_out(self) -> None:
        """A bad Content-Type leaves Accept to decide."""
        assert refusal(V8_19, "application/yaml", "abc").answer.content_type == "application/yaml"
        assert refusal(V7_17, "application/yaml", "abc").answer.content_type == "application/yaml"

    def test_both_are_left_out_for_versions(self) -> None:
        """Where versions clash, the refusal is plain JSON."""
        assert refusal(V8_19, FOR_9, FOR_9, has_body=True).answer == MediaTypes("json", JSON, None, None)

    def test_one_failure_uncovers_the_next(self) -> None:
        """With both headers bad, the first is reported and neither decides."""
        error = refusal(V8_19, "abc", "def")
        assert error.failed == ("Accept",)
        assert error.answer == MediaTypes("json", JSON, None, None)


class TestExceptions:
    """8.0 to 8.6 send exceptions as a type of their own."""

    @pytest.mark.parametrize("accept", ["", JSON, FOR_8])
    def test_have_their_own_type(self, accept: str) -> None:
        """Whatever Accept says, an exception in JSON goes out under one name."""
        assert ask(V8_6, accept).exception_content_type == "application/json;charset=utf-8"

    def test_other_formats_keep_their_name(self) -> None:
        """An exception in YAML is not called JSON."""
        accept = "application/vnd.elasticsearch+yaml; compatible-with=8"
        assert ask(V8_6, accept).exception_content_type == "application/yaml"

    def test_are_like_other_answers_elsewhere(self) -> None:
        """Other versions make no difference."""
        assert ask(V8_19, FOR_8).exception_content_type is None


class TestBodies:
    """The 406 for a body, which comes later than the rest."""

    @EVERY_WAY
    def test_without_content_type(self, profile: Profile) -> None:
        """A body needs a Content-Type."""
        with pytest.raises(SimpleError) as caught:
            check_body(profile, ())
        assert (caught.value.status, caught.value.text) == (406, "Content-Type header is missing")

    @EVERY_WAY
    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Text/HTML"],
    )
    def test_unknown(self, profile: Profile, content_type: str) -> None:
        """A type that is not read is named as it was sent."""
        with pytest.raises(SimpleError) as caught:
            check_body(profile, (content_type,))
        assert caught.value.status == 406
        assert caught.value.text == f"Content-Type header [{content_type}] is not supported"

    @EVERY_WAY
    @pytest.mark.parametrize(
        "content_type",
        [JSON, "application/x-ndjson", "application/yaml", "application/smile", "application/cbor", "Application/JSON"]
        + [f"{JSON}{parameters}" for parameters in ("; charset=UTF-8", ";charset=iso-8859-1", " ; a=b")],
    )
    def test_known(self, profile: Profile, content_type: str) -> None:
        """The five types are read in any case and with any parameters."""
        check_body(profile, (content_type,))

    @pytest.mark.parametrize("profile", [V7_17, V8_19, V9])
    @pytest.mark.parametrize("format_", ["json", "x-ndjson", "yaml", "smile", "cbor"])
    def test_vendor_types(self, profile: Profile, format_: str) -> None:
        """From 7.11 on the vendor types are read as well."""
        check_body(profile, (f"application/vnd.elasticsearch+{format_}; compatible-with=8",))

    def test_vendor_types_before_7_11(self) -> None:
        """Up to 7.10 a vendor type is unknown like any other."""
        with pytest.raises(SimpleError) as caught:
            check_body(V7_10, (FOR_8,))
        assert caught.value.text == (
            "Content-Type header [application/vnd.elasticsearch+json; compatible-with=8] is not supported"
        )


class TestRequestedMajor:
    """The version that a client was made for, before any version is chosen."""

    @pytest.mark.parametrize(
        ("values", "major"),
        [
            ((), None),
            ((JSON, JSON), None),
            ((FOR_8,), 8),
            ((FOR_7, FOR_8), 7),
            (("application/vnd.elasticsearch+json;compatible-with=12",), 12),
            ((f"{FOR_9},text/plain",), 9),
            ((FOR_9.upper(),), 9),
            ((f"{VENDOR};compatible-with=eight", FOR_8), 8),
        ],
    )
    def test_is_read_from_media_types(self, values: tuple[str, ...], major: int | None) -> None:
        """The first that names one counts; lists do too, and numbers that never were are returned as well."""
        assert requested_major(values) == major
