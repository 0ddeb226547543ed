"""JSON as Jackson reads it: tokens, where they begin, and what is said of what is no JSON."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.model.versions import parse_version, profile_of
from pytest_rollup_fake.rest.errors import ElasticsearchError
from pytest_rollup_fake.rest.json_reader import JsonReader
from pytest_rollup_fake.rest.x_content import Location
from tests.support import lines

if TYPE_CHECKING:
    from pytest_rollup_fake.rest.json_reader import Token

OLD_SOURCE = "org.elasticsearch.transport.netty4.ByteBufStreamInput@26017a55"
A_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
SOURCE = "(org.elasticsearch.common.io.stream.ByteBufferStreamInput)"

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def reader_of(body: str | bytes, version: str = "8.19") -> JsonReader:
    """Return a reader before its first token."""
    return JsonReader(body.encode() if isinstance(body, str) else body, profile_of(parse_version(version)))


def tokens(body: str | bytes, version: str = "8.19") -> list[Token]:
    """Return all tokens of a body."""
    reader = reader_of(body, version)
    return list(iter(reader.advance, None))


def value(body: str | bytes, version: str = "8.19") -> Any:
    """Return a body as a whole."""
    reader = reader_of(body, version)
    reader.advance()
    return reader.value()


def refusal(body: str | bytes, version: str = "8.19") -> ElasticsearchError:
    """Return what is said to a body that is no JSON."""
    with pytest.raises(ElasticsearchError) as caught:
        value(body, version)
    return caught.value


class TestEncodings:
    """UTF-8, and what Jackson finds out by itself."""

    @pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["bare", "marked"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
    def test_each_is_read(self, encoding: str, mark: str) -> None:
        """With a byte order mark and without."""
        assert value((mark + '{"ä": "😀"}').encode(encoding)) == {"ä": "😀"}
        assert value((mark + "[1]").encode(encoding)) == [1]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
    @given(member=values)
    def test_whatever_is_written(self, encoding: str, member: object) -> None:
        """The same comes out."""
        assert value(json.dumps([member], ensure_ascii=False).encode(encoding)) == [member]

    @pytest.mark.parametrize("body", [b"\xff\xfe{", b"\x00", b"\xfe\xff", b"{\xff"])
    def test_what_is_in_none_of_them(self, body: bytes) -> None:
        """It is read as UTF-8, which it is not either."""
        assert "Unexpected character" in str(refusal(body).reason)

    def test_columns_are_those_without_a_mark(self) -> None:
        """A refusal reads as that of the same in UTF-8."""
        assert refusal("[x".encode("utf-16")).reason == refusal("[x").reason


class TestTokens:
    """Kinds, values and places."""

    def test_each_has_its_place(self) -> None:
        """Lines and columns begin at 1, and a name's place is that of its quote."""
        assert [
            (str(token.kind), token.location, token.value) for token in tokens('{\n "a" : [1, "b"],\n"c":null}')
        ] == [
            ("START_OBJECT", (1, 1), None),
            ("FIELD_NAME", (2, 2), "a"),
            ("START_ARRAY", (2, 8), None),
            ("VALUE_NUMBER", (2, 9), 1),
            ("VALUE_STRING", (2, 12), "b"),
            ("END_ARRAY", (2, 15), None),
            ("FIELD_NAME", (3, 1), "c"),
            ("VALUE_NULL", (3, 5), None),
            ("END_OBJECT", (3, 9), None),
        ]

    def test_columns_count_bytes(self) -> None:
        """A character of two bytes is two columns."""
        assert [token.location for token in tokens('{"ä":1}')] == [(1, 1), (1, 2), (1, 7), (1, 8)]

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    def test_each_sort_of_line_end_counts_once(self, line_end: str) -> None:
        """A line ends with a line feed, a carriage return, or both."""
        assert tokens(f"{{{line_end}}}")[1].location == (2, 1)

    def test_comments_are_skipped(self) -> None:
        """Elasticsearch lets Jackson read comments of both sorts."""
        assert value('// first\n{"a": /* second\n */ 1}') == {"a": 1}

    def test_byte_order_mark_is_skipped(self) -> None:
        """A body may begin with the mark of UTF-8."""
        assert value(b'\xef\xbb\xbf{"a":1}') == {"a": 1}

    @pytest.mark.parametrize("body", ["", " \n", "// nothing"])
    def test_nothing_has_no_token(self, body: str) -> None:
        """A body of space and comments is empty."""
        assert tokens(body) == []

    def test_what_follows_a_value_is_not_looked_at(self) -> None:
        """Whoever has read the object does not notice what stands behind it."""
        assert value('{"a":1}]') == {"a": 1}

    @given(values)
    def test_any_value_comes_back(self, original: Any) -> None:
        """What Python writes is read as the same."""
        assert value(json.dumps(original)) == original
        assert value(json.dumps(original, ensure_ascii=False, indent=1)) == original


class TestValues:
    """The current value as a text or as a number."""

    @pytest.mark.parametrize(("body", "text"), [('"a"', "a"), ("1.50", "1.50"), ("true", "true"), ("-3", "-3")])
    def test_text_is_what_was_written(self, body: str, text: str) -> None:
        """Numbers and booleans are texts too."""
        reader = reader_of(body)
        reader.advance()

        assert reader.text() == text

    @pytest.mark.parametrize(("body", "kind"), [("{}", "START_OBJECT"), ("[]", "START_ARRAY"), ("null", "VALUE_NULL")])
    def test_what_has_no_text(self, body: str, kind: str) -> None:
        """An object, an array and null are no texts, which is not taken for the sender's fault."""
        reader = reader_of(f" {body}")
        reader.advance()
        with pytest.raises(ElasticsearchError) as caught:
            reader.text()

        assert (caught.value.type, caught.value.status) == ("illegal_state_exception", 500)
        assert caught.value.reason == f"Can't get text on a {kind} at 1:2"

    @pytest.mark.parametrize(
        ("body", "number"),
        [("10", 10), ('"10"', 10), ("10.9", 10), ('"-10.9"', -10), ("1e2", 100), ("2147483647", 2**31 - 1)],
    )
    def test_integer(self, body: str, number: int) -> None:
        """Decimals are cut off, and a text may be a number."""
        reader = reader_of(body)
        reader.advance()

        assert reader.integer(bits=32) == number

    @pytest.mark.parametrize("text", ["", "x", "1_0", "0x10", "nan", "inf", " 1"])
    def test_text_that_is_no_number(self, text: str) -> None:
        """Java's complaint shows it."""
        reader = reader_of(json.dumps(text))
        reader.advance()
        with pytest.raises(ElasticsearchError) as caught:
            reader.integer(bits=32)

        assert caught.value.type == "number_format_exception"
        assert caught.value.reason == f'For input string: "{text}"'

    @pytest.mark.parametrize(("bits", "text"), [(32, "2147483648"), (64, "9223372036854775808"), (32, "1e400")])
    def test_text_that_is_too_large(self, bits: int, text: str) -> None:
        """A number in a text has to fit."""
        reader = reader_of(f'"{text}"')
        reader.advance()
        with pytest.raises(ElasticsearchError) as caught:
            reader.integer(bits=bits)

        assert caught.value.type == "illegal_argument_exception"
        assert caught.value.reason == f"Value [{text}] is out of range for {'an integer' if bits == 32 else 'a long'}"

    @pytest.mark.parametrize(
        ("version", "type_", "bounds"),
        [
            ("7.6", "json_parse_exception", ""),
            ("7.17", "input_coercion_exception", " (-2147483648 - 2147483647)"),
            ("8.19", "x_content_parse_exception", " (-2147483648 - 2147483647)"),
        ],
    )
    def test_number_that_is_too_large(self, version: str, type_: str, bounds: str) -> None:
        """Jackson refuses it, later with the bounds."""
        reader = reader_of("99999999999", version)
        reader.advance()
        with pytest.raises(ElasticsearchError) as caught:
            reader.integer(bits=32)

        assert caught.value.type == type_
        assert f"Numeric value (99999999999) out of range of int{bounds}\n at [Source: " in (caught.value.reason or "")


class TestRefusals:
    """What is said of what is no JSON; the examples are of 7.17."""

    @pytest.mark.parametrize(
        ("body", "text", "column"),
        [
            ("{a:1}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 3),
            ('{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 9),
            (
                '{"a" 1}',
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
                7,
            ),
            (
                '{"a":1 "b":2}',
                "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
                9,
            ),
            ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 5),
            ("[1,]", "Unexpected character (']' (code 93)): expected a value", 5),
            (
                '{"a":*}',
                f"Unexpected character ('*' (code 42)): expected a valid value {A_VALUE}",
                7,
            ),
            (
                '{"a":nul}',
                f"Unrecognized token 'nul': was expecting {A_VALUE}",
                10,
            ),
            (
                "[1}",
                "Unexpected close marker '}': expected ']' (for Array starting at [Source: %; line: 1, column: 1])",
                4,
            ),
            ('{"a":1,"a":2}', "Duplicate field 'a'", 11),
            ('{"a":"\\x"}', "Unrecognized character escape 'x' (code 120)", 9),
        ],
    )
    def test_in_7_17(self, body: str, text: str, column: int) -> None:
        """Jackson's own words, with the place behind what it has read last."""
        error = refusal(body, "7.17")

        assert (error.type, error.status) == ("json_parse_exception", 400)
        assert error.reason == f"{text.replace('%', SOURCE)}\n at [Source: {SOURCE}; line: 1, column: {column}]"

    @pytest.mark.parametrize("character", ["\x01", "\n", "\t"])
    def test_control_characters_have_no_name(self, character: str) -> None:
        """They are told by their code, and have to be escaped in a text."""
        reason = refusal(f'{{"a":"b{character}"}}', "7.17").reason or ""

        assert reason.startswith(
            f"Illegal unquoted character ((CTRL-CHAR, code {ord(character)})): has to be escaped using backslash to be "
            "included in string value\n"
        )

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ("{", ": expected close marker for Object (start marker at [Source: %; line: 1, column: 1])"),
            ('{"a":[1', ": expected close marker for Array (start marker at [Source: %; line: 1, column: 6])"),
            ('{"a":', " within/between Object entries"),
            ('{"a":"b', " in VALUE_STRING"),
            ('{"a', " in field name"),
        ],
    )
    def test_ends_too_early(self, body: str, text: str) -> None:
        """What is missing is said by where it is missing."""
        error, end = refusal(body, "7.17"), len(body) + 1

        assert (error.type, error.status) == ("json_e_o_f_exception", 400)
        assert error.reason == (
            f"Unexpected end-of-input{text.replace('%', SOURCE)}\n at [Source: {SOURCE}; line: 1, column: {end}]"
        )

    def test_nothing_after_a_comma(self) -> None:
        """This end is an error like any other."""
        error = refusal('{"a":1,', "7.17")

        assert error.type == "json_parse_exception"
        assert (error.reason or "").startswith("Unexpected end-of-input within/between Object entries\n")

    def test_what_is_no_utf_8(self) -> None:
        """The byte is shown."""
        assert (refusal(b'{"a":"\xff"}', "7.17").reason or "").startswith("Invalid UTF-8 start byte 0xff\n")

    @pytest.mark.parametrize("body", ['"\\', '{"\\', '{"a":"\\'])
    def test_an_escape_that_is_cut_off(self, body: str) -> None:
        """The end comes before the character that it is about."""
        assert "Unexpected end-of-input in character escape sequence" in (refusal(body).reason or "")

    @given(st.binary(max_size=20) | st.text(alphabet='{}[]:,"a1.-e\\ \n/*tnu', max_size=20))
    def test_anything_is_read_or_refused(self, body: str | bytes) -> None:
        """No body can raise anything else."""
        with contextlib.suppress(ElasticsearchError):
            tokens(body)


class TestVersions:
    """What becomes of Jackson's complaint."""

    @pytest.mark.parametrize("version", lines(until="7.5"))
    def test_500_before_7_6(self, version: str) -> None:
        """It was not known to be the sender's fault (elastic/elasticsearch#49428)."""
        error = refusal("{a}", version)

        assert (error.type, error.status, error.caused_by) == ("json_parse_exception", 500, None)
        assert error.reason == (
            "Unexpected character ('a' (code 97)): was expecting double-quote to start field name\n"
            f" at [Source: {OLD_SOURCE}; line: 1, column: 3]"
        )

    @pytest.mark.parametrize("version", lines("7.6", "8.0"))
    def test_400_from_7_6_on(self, version: str) -> None:
        """From then on it is."""
        error = refusal("{a}", version)

        assert (error.type, error.status, error.caused_by) == ("json_parse_exception", 400, None)

    @pytest.mark.parametrize("version", lines("8.1"))
    def test_wrapped_from_8_1_on(self, version: str) -> None:
        """Elasticsearch makes an exception of its own of it, with the place in front."""
        error = refusal("{a}", version)
        column = 3 if version in lines("8.1", "8.15") else 2

        assert (error.type, error.status) == ("x_content_parse_exception", 400)
        assert error.caused_by is not None
        assert error.caused_by.type == "json_parse_exception"
        assert error.reason == f"[1:{column}] {error.caused_by.reason}"
        assert error.reason == (
            f"[1:{column}] Unexpected character ('a' (code 97)): was expecting double-quote to start field name\n"
            f" at [Source: {SOURCE}; line: 1, column: {column}]"
        )
        assert error.root_cause is error

    @pytest.mark.parametrize(
        ("version", "type_", "status"),
        [
            ("6.8", "json_e_o_f_exception", 500),
            ("7.17", "json_e_o_f_exception", 400),
            ("8.14", "x_content_e_o_f_exception", 500),
            ("8.16", "x_content_e_o_f_exception", 400),
            ("9", "x_content_e_o_f_exception", 400),
        ],
    )
    def test_early_end(self, version: str, type_: str, status: int) -> None:
        """From 8.1 to 8.15 an early end was taken for the server's fault (elastic/elasticsearch#111542)."""
        error = refusal("{", version)

        assert (error.type, error.status) == (type_, status)

    def test_early_end_in_8_14(self) -> None:
        """The answer of a real 8.14.3, but for the source."""
        error = refusal("{", "8.14")
        text = (
            f"Unexpected end-of-input: expected close marker for Object (start marker at [Source: {SOURCE}; line: 1, "
            f"column: 1])\n at [Source: {SOURCE}; line: 1, column: 2]"
        )

        assert error.reason == f"com.fasterxml.jackson.core.io.JsonEOFException: {text}"
        assert error.caused_by is not None
        assert (error.caused_by.type, error.caused_by.reason) == ("json_e_o_f_exception", text)

    @pytest.mark.parametrize("version", ["6.8", "7.6"])
    def test_older_words(self, version: str) -> None:
        """Jackson 2.8 named the values in other words."""
        assert (refusal("[x]", version).reason or "").startswith(
            "Unrecognized token 'x': was expecting ('true', 'false' or 'null')\n"
        )
        assert (refusal("[*]", version).reason or "").startswith(
            "Unexpected character ('*' (code 42)): expected a valid value (number, String, array, object, 'true', "
            "'false' or 'null')\n"
        )

    def test_failure_leaves_the_current_token(self) -> None:
        """Whoever says where it happened says where the last token was."""
        reader = reader_of('{"a": x}')
        reader.advance()
        reader.advance()
        with pytest.raises(ElasticsearchError):
            reader.advance()

        assert reader.location == Location(1, 2)
        assert str(reader.location) == "1:2"
