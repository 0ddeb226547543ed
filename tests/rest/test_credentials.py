"""What an Authorization header says."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.rest.credentials import Bearer, Key, Password, Unreadable, UnreadableError, decode, read


def encoded(text: str) -> str:
    """Return a text in Base64."""
    return base64.b64encode(text.encode()).decode()


class TestRead:
    """The schemes, and what stands behind them."""

    @pytest.mark.parametrize(
        ("header", "credentials"),
        [
            (f"Basic {encoded('ops:secret')}", Password("ops", "secret")),
            (f"basic   {encoded('ops:a:b')}", Password("ops", "a:b")),
            (f"BASIC {encoded(':')}", Password("", "")),
            (f"Basic {encoded('ä:ö')}", Password("ä", "ö")),
            (f"ApiKey {encoded('id:a:b')}", Key("id", "a:b")),
            (f"apikey {encoded('id:')}", Key("id", "")),
            ("Bearer abc def", Bearer("abc def")),
            ("bearer  abc", Bearer(" abc")),
        ],
    )
    def test_readable(self, header: str, credentials: object) -> None:
        """The scheme's case does not matter, nor a colon in a secret; only a password may have spaces before it."""
        assert read(header) == credentials

    @pytest.mark.parametrize("header", [None, "", "Basic", "Bearer", "ApiKey", "Digest abc", "abc", "Basic\tabc"])
    def test_nothing(self, header: str | None) -> None:
        """No header, no value, or a scheme of others."""
        assert read(header) is None

    @pytest.mark.parametrize(
        ("header", "credentials"),
        [
            ("Basic !!!!", Unreadable("basic", "Illegal base64 character 21")),
            (f"Basic {encoded('ops')}", Unreadable("basic", None)),
            ("ApiKey id:key", Unreadable("apikey", "Illegal base64 character 3a")),
            ("ApiKey  abcd", Unreadable("apikey", "Illegal base64 character 20")),
            (f"ApiKey {encoded('id')}", Unreadable("apikey", None)),
            (f"ApiKey {encoded(':key')}", Unreadable("apikey", None)),
        ],
    )
    def test_unreadable(self, header: str, credentials: object) -> None:
        """A bad encoding has a cause, a bad value has none."""
        assert read(header) == credentials

    @pytest.mark.parametrize(
        "header", [f"Basic {encoded('a:hunter2')}", f"ApiKey {encoded('a:hunter2')}", "Bearer hunter2"]
    )
    def test_no_repr_shows_a_secret(self, header: str) -> None:
        """Tracebacks show values."""
        assert "hunter2" not in repr(read(header))


class TestBase64:
    """Java's decoder, and its words."""

    @given(st.binary(min_size=1, max_size=20), st.booleans())
    def test_what_is_well_formed(self, data: bytes, padded: bool) -> None:  # noqa: FBT001  (drawn)
        """With or without padding it is read."""
        text = base64.b64encode(data).decode()
        assert decode(text if padded else text.rstrip("=")) == data

    @given(st.text(st.sampled_from("AZaz09+/=-_ é"), max_size=9))
    def test_everything_else_is_refused(self, text: str) -> None:
        """What cannot be read is an error of one kind, nothing worse."""
        with contextlib.suppress(UnreadableError):
            decode(text)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("A", "Input byte[] should at least have 2 bytes for base64 bytes"),
            ("AA_A", "Illegal base64 character 5f"),
            ("AAAA-AAA", "Illegal base64 character 2d"),
            ("AA A", "Illegal base64 character 20"),
            ("AAé=", "Illegal base64 character -17"),
            ("AAAA=", "Input byte array has wrong 4-byte ending unit"),
            ("====", "Input byte array has wrong 4-byte ending unit"),
            ("AA=", "Input byte array has wrong 4-byte ending unit"),
            ("AA=A", "Input byte array has wrong 4-byte ending unit"),
            ("AAAAA", "Last unit does not have enough valid bits"),
            ("A===", "Last unit does not have enough valid bits"),
            ("AA==AA", "Input byte array has incorrect ending byte at 4"),
            ("AAA==", "Input byte array has incorrect ending byte at 4"),
        ],
    )
    def test_what_is_not(self, text: str, message: str) -> None:
        """Each kind has its own message."""
        with pytest.raises(UnreadableError) as error:
            decode(text)
        assert str(error.value) == message
