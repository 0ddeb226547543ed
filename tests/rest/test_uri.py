"""The target of a request line: path, query, segments and escapes."""

from __future__ import annotations

from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.rest.errors import ElasticsearchError
from pytest_rollup_fake.rest.uri import decode_component, decode_query, path_segments, split_target

LATIN_1 = st.text(st.characters(max_codepoint=0xFF))


class TestSplitTarget:
    """A target is a path and, after the first question mark, a query."""

    @pytest.mark.parametrize(
        ("target", "path", "query"),
        [
            ("/", "/", ""),
            ("/_rollup/job/a/_stop", "/_rollup/job/a/_stop", ""),
            ("/_rollup/job/a?", "/_rollup/job/a", ""),
            ("/a?b=c?d", "/a", "b=c?d"),
            ("/a%3Fb?c", "/a%3Fb", "c"),
            ("//a", "//a", ""),
            ("*", "*", ""),
        ],
    )
    def test_origin_form(self, target: str, path: str, query: str) -> None:
        """The query begins after the first `?`."""
        assert split_target(target) == (path, query)

    def test_absolute_form(self) -> None:
        """A host, as sent to a proxy, is part of the path: Elasticsearch takes the target as it is."""
        assert split_target("http://localhost:9200/a/b?c=d") == ("http://localhost:9200/a/b", "c=d")

    def test_hash_in_the_path_ends_the_query_before_it_begins(self) -> None:
        """Elasticsearch looks for the end of the query in the whole target."""
        assert split_target("/a#b?timeout=10s") == ("/a#b", "")


class TestPathSegments:
    """A path is cut at its slashes as PathTrie cuts it."""

    @pytest.mark.parametrize(
        ("path", "segments"),
        [
            ("/_rollup/job/a/_stop", ["_rollup", "job", "a", "_stop"]),
            ("/_rollup/job/a/_stop/", ["_rollup", "job", "a", "_stop"]),
            ("/_rollup/job/a/_stop///", ["_rollup", "job", "a", "_stop"]),
            ("/_rollup/job//_stop", ["_rollup", "job", "", "_stop"]),
            ("//_rollup/job/a/_stop", ["", "_rollup", "job", "a", "_stop"]),
            ("/_rollup//job/a/_stop", ["_rollup", "", "job", "a", "_stop"]),
            ("/_rollup/job/a//_stop", ["_rollup", "job", "a", "", "_stop"]),
            ("/", []),
            ("//", []),
            ("", []),
            ("/_rollup/job/a%2Fb/_stop", ["_rollup", "job", "a%2Fb", "_stop"]),
            ("/_rollup/job/a%20b/_stop", ["_rollup", "job", "a%20b", "_stop"]),
            ("/_rollup/job/a+b/_stop", ["_rollup", "job", "a+b", "_stop"]),
            ("/_rollup/job/a%zz/_stop", ["_rollup", "job", "a%zz", "_stop"]),
            ("/_rollup/job/a/_foo", ["_rollup", "job", "a", "_foo"]),
            ("/_rollup/job/_all", ["_rollup", "job", "_all"]),
            ("/_rollup/job/*", ["_rollup", "job", "*"]),
            ("/_rollup/job/", ["_rollup", "job"]),
            ("/_rollup", ["_rollup"]),
            ("_rollup/job", ["_rollup", "job"]),
            ("*", ["*"]),
        ],
    )
    def test_oddities(self, path: str, segments: list[str]) -> None:
        """Empty segments at the end are dropped, inner ones and a second leading slash are not; nothing is decoded."""
        assert path_segments(path) == segments

    @given(st.lists(st.text("ab%.", min_size=1)))
    def test_segments_of_a_joined_path(self, segments: list[str]) -> None:
        """Segments joined by slashes come back."""
        assert path_segments("/" + "/".join(segments)) == segments


class TestDecodeQuery:
    """A query is a set of names with one value each."""

    @pytest.mark.parametrize(
        ("query", "parameters"),
        [
            ("", {}),
            ("a=b", {"a": "b"}),
            ("a=b&c=d", {"a": "b", "c": "d"}),
            ("a=b;c=d", {"a": "b", "c": "d"}),
            ("a", {"a": ""}),
            ("a=", {"a": ""}),
            ("a&b", {"a": "", "b": ""}),
            ("a=b#c&d=e", {"a": "b"}),
            ("a#", {"a": ""}),
            ("#a=b", {}),
            ("a=1&b=2&a=3", {"a": "3", "b": "2"}),
            ("=v", {"v": ""}),
            ("==v", {"v": ""}),
            ("=a=b", {"a": "b"}),
            ("a==b", {"a": "=b"}),
            ("a=b=c", {"a": "b=c"}),
            ("=", {}),
            ("&&a=b&;&", {"a": "b"}),
            ("a=b+c%20d", {"a": "b c d"}),
            ("a%2Bb=c%26d", {"a+b": "c&d"}),
            ("a=100%%", {"a": "100%"}),
            ("a=%C3%A9", {"a": "é"}),
        ],
    )
    def test_parameters(self, query: str, parameters: dict[str, str]) -> None:
        """Names and values are separated as RestUtils.decodeQueryString separates them."""
        assert decode_query(query) == parameters

    @pytest.mark.parametrize("name", ["operatorRequest", "OPERATORREQUEST", "operator%52equest"])
    def test_reserved_names_are_refused(self, name: str) -> None:
        """A name that Elasticsearch sets itself is refused in any case; without a list all are taken."""
        assert decode_query(f"{name}=x")
        with pytest.raises(ElasticsearchError) as caught:
            decode_query(f"a=b&{name}=x", reserved=frozenset({"operatorrequest"}))

        assert caught.value.reason == f"parameter [{name.replace('%52', 'R')}] is reserved and may not be set"

    def test_bad_escape_is_reported_within_its_own_name_or_value(self) -> None:
        """The first bad escape is reported, with the name or value it is in."""
        with pytest.raises(ElasticsearchError) as caught:
            decode_query("a=b&c=x%2&d%=e")

        assert caught.value.reason == "partial escape sequence at end of string: x%2"

    @given(st.dictionaries(st.text(min_size=1), st.text()))
    def test_encoded_parameters_come_back(self, parameters: dict[str, str]) -> None:
        """What a client encodes is what the handler reads."""
        assert decode_query(urlencode(parameters)) == parameters

    @given(LATIN_1)
    def test_any_query_is_decoded_or_refused(self, query: str) -> None:
        """No query can raise anything but Elasticsearch's error."""
        try:
            decode_query(query)
        except ElasticsearchError as error:
            assert "escape sequence" in str(error.reason)  # noqa: PT017  (not every query is refused)


class TestDecodeComponent:
    """Escapes are resolved, and the bytes then read as UTF-8."""

    @pytest.mark.parametrize(
        ("text", "in_query", "in_path"),
        [
            ("a+b", "a b", "a+b"),
            ("a%2Bb+c", "a+b c", "a+b+c"),
            ("a%20b", "a b", "a b"),
            ("a%2Fb", "a/b", "a/b"),
            ("%e2%82%AC", "€", "€"),
            ("%%41", "%41", "%41"),
            ("%25%%", "%%", "%%"),
            ("", "", ""),
        ],
    )
    def test_plus_is_a_space_only_if_asked(self, text: str, in_query: str, in_path: str) -> None:
        """A plus is a space in queries and in the paths of 6.x; escapes are resolved everywhere."""
        assert decode_component(text, plus_is_space=True) == in_query
        assert decode_component(text, plus_is_space=False) == in_path

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a%", "unterminated escape sequence at end of string: a%"),
            ("%41%%%", "unterminated escape sequence at end of string: %41%%%"),
            ("a%4", "partial escape sequence at end of string: a%4"),
            ("a%+", "partial escape sequence at end of string: a%+"),
            ("a%zz", "invalid escape sequence `%zz' at index 1 of: a%zz"),
            ("a%4zb", "invalid escape sequence `%4z' at index 1 of: a%4zb"),
            ("+%+1+", "invalid escape sequence `%+1' at index 1 of: +%+1+"),
            ("%4%", "invalid escape sequence `%4%' at index 0 of: %4%"),
            ("%  ", "invalid escape sequence `%  ' at index 0 of: %  "),
            ("%\n\n", "invalid escape sequence `%\n\n' at index 0 of: %\n\n"),
        ],
    )
    def test_bad_escapes(self, text: str, reason: str) -> None:
        """A percent sign without two hexadecimal digits is an illegal argument that quotes the text as it was sent."""
        with pytest.raises(ElasticsearchError) as caught:
            decode_component(text, plus_is_space=True)

        assert caught.value.type == "illegal_argument_exception"
        assert caught.value.reason == reason

    @pytest.mark.parametrize(
        ("text", "decoded"),
        [
            ("%FF", "\ufffd"),
            ("%C3", "\ufffd"),
            ("%C3A", "\ufffdA"),
            ("%C0%80", "\ufffd\ufffd"),
            ("%E2%82", "\ufffd"),
            ("%E0%80%80", "\ufffd\ufffd\ufffd"),
            ("%F5%80%80%80", "\ufffd\ufffd\ufffd\ufffd"),
            ("%ED%A0%80", "\ufffd"),
            ("%ED%A0", "\ufffd"),
            ("%ED%A0A", "\ufffdA"),
            ("%ED%A0%80%80", "\ufffd\ufffd"),
            ("%ED%BF%BF%ED%B0%80", "\ufffd\ufffd"),
        ],
    )
    def test_malformed_utf_8(self, text: str, decoded: str) -> None:
        """Malformed bytes become as many replacement characters as in Java."""
        assert decode_component(text, plus_is_space=False) == decoded

    def test_raw_bytes_are_read_as_utf_8_beside_an_escape(self) -> None:
        """Bytes sent as they are count as UTF-8 when anything is decoded, and stay single characters otherwise."""
        raw = "é".encode().decode("latin-1")

        assert decode_component(raw + "%20", plus_is_space=False) == "é "
        assert decode_component(raw + "+", plus_is_space=True) == "é "
        assert decode_component(raw + "+", plus_is_space=False) == raw + "+"

    @given(st.text())
    def test_encoded_text_comes_back(self, text: str) -> None:
        """Decoding undoes encoding, for queries and for paths."""
        assert decode_component(quote_plus(text), plus_is_space=True) == text
        assert decode_component(quote(text, safe=""), plus_is_space=False) == text
