"""The data of the versions: what is known of each, and from which release on."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from operator import ge, gt, le, lt
from typing import Any

import pytest

from pytest_rollup_fake.model.versions import (
    LINES,
    ROWS,
    Profile,
    Version,
    as_numbers,
    newest_of_major,
    parse_version,
    profile_of,
)
from tests.support import FakeCluster, ask, lines


class TestLines:
    """The version lines."""

    def test_all_of_them(self) -> None:
        """Rollup came with 6.3; there is a gap in none of the majors."""
        minors = {6: range(3, 9), 7: range(18), 8: range(20), 9: range(6)}

        assert list(LINES) == [f"{major}.{minor}" for major, all_of_it in minors.items() for minor in all_of_it]

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("9", "9.5.4"),
            ("8", "8.19.21"),
            ("7", "7.17.29"),
            ("6", "6.8.23"),
            ("7.17", "7.17.29"),
            ("7.17.28", "7.17.28"),
            ("6.3.0", "6.3.0"),
        ],
    )
    def test_names(self, text: str, number: str) -> None:
        """A major or a line means its newest release that is known, and a release itself."""
        version = parse_version(text)

        assert version == number
        assert parse_version(version) == version

    @pytest.mark.parametrize("text", ["5", "6.2", "7.18", "10", "", "7.", "v8", "8.19.1.1", "latest", " 8", "٨"])
    def test_unknown(self, text: str) -> None:
        """A line that never was, or that has no rollup jobs, is refused with those that there are."""
        with pytest.raises(ValueError, match=r"unknown Elasticsearch version .* 6\.3, .* 9\.5 \(or a major"):
            parse_version(text)

    @pytest.mark.parametrize(
        ("text", "number"), [("8.19", "8.19.21"), ("9", "9.5.4"), ("7.18.0", None), ("5.6.0", None), ("junk", None)]
    )
    def test_a_version_that_users_make_is_as_its_text(self, text: str, number: str | None) -> None:
        """`Version("8.19")` is a line, and one that never was is refused."""
        if number is not None:
            assert parse_version(Version(text)).number == number
            return
        with pytest.raises(ValueError, match=rf"unknown Elasticsearch version '{text}'; known lines are 6\.3"):
            parse_version(Version(text))

    @pytest.mark.parametrize("value", [8, 8.19, None, ["8"], Version(8)])  # type: ignore[arg-type]
    def test_no_text(self, value: object) -> None:
        """A number is not a version: 8.10 would be 8.1."""
        with pytest.raises(TypeError, match="a version is a text such as"):
            parse_version(value)

    def test_newest_of_a_major(self) -> None:
        """The newest of a major is its last line's newest release; there is none for a major that never was."""
        newest = newest_of_major(7)

        assert newest is not None
        assert newest.version == "7.17.29"
        assert newest_of_major(5) is None


class TestVersion:
    """A version as a value."""

    def test_parts(self) -> None:
        """It has a number, a line and a major, and is its number as a text."""
        version = parse_version("8.19.14")

        assert (version.number, version.line, version.major) == ("8.19.14", "8.19", 8)
        assert (str(version), repr(version)) == ("8.19.14", "Version('8.19.14')")
        assert Version("8.19").line == "8.19"

    def test_equals_its_text(self) -> None:
        """It equals its text, that of its line and of its major, and another of its number."""
        version = Version("8.19.14")

        assert version == "8.19.14" == version == Version("8.19.14")
        assert version == "8.19"
        assert version != "8.1"
        assert version != 8
        assert {version: 1}["8.19.14"] == 1  # type: ignore[index]

    def test_order(self) -> None:
        """It is ordered by its numbers, against texts too."""
        assert Version("7.9.3") < Version("7.17.0") < "8"
        assert Version("9.0.8") >= "9.0"
        assert sorted([Version("8.10.4"), Version("8.9.2")]) == ["8.9.2", "8.10.4"]
        assert as_numbers("8.10.4") == (8, 10, 4)

    @pytest.mark.parametrize("other", [8, 8.1, None, (8, 10)])
    def test_what_is_no_text_is_not_compared(self, other: Any) -> None:
        """It is unequal, as Python wants it, and neither less nor greater: 8.10 would be 8.1."""
        version = Version("8.10.4")

        assert version != other
        for compare in (lt, le, gt, ge):
            for pair in ((version, other), (other, version)):
                with pytest.raises(TypeError, match=r"a version is compared with a text such as '8' .*, not "):
                    compare(*pair)

    def test_a_text_that_is_no_version_is_not_compared_either(self) -> None:
        """It is unequal, and neither less nor greater."""
        assert Version("8.10.4") != "8.x"
        with pytest.raises(ValueError, match=r"a version is numbers and dots, .* not '8\.x'"):
            assert Version("8.10.4") < "8.x"


class TestRows:
    """One row for each behaviour that changed."""

    def test_every_field_has_one(self) -> None:
        """A profile is the column of a version, and each row says where it was learned."""
        names = {field.name for field in fields(Profile)} - {"version", "release"}

        assert set(ROWS) == names
        assert all(row.source for row in ROWS.values())

    def test_steps_ascend(self) -> None:
        """A row begins with 6.3, and each step is later than the last, and changes something."""
        for name, row in ROWS.items():
            numbers = [as_numbers(since) for since, _ in row.steps]
            values = [value for _, value in row.steps]
            assert numbers[0] == (6, 3), name
            assert numbers == sorted(set(numbers)), name
            assert all(before != after for before, after in pairwise(values)), name

    def test_one_profile_per_version(self) -> None:
        """A version has one profile, so that what is remembered for it is found again."""
        assert profile_of(parse_version("8.19")) is profile_of(parse_version("8.19.21"))
        assert profile_of(parse_version("8.19")) is not profile_of(parse_version("8.19.14"))


class TestPatchReleases:
    """What changed within a line."""

    @pytest.mark.parametrize(("version", "is_refused"), [("6.8.0", False), ("6.8.8", False), ("6.8.9", True)])
    def test_negative_timeouts(self, version: str, is_refused: bool) -> None:  # noqa: FBT001  (parametrised)
        """6.8.9 is the first to refuse them."""
        assert (ask(version, "POST /_rollup/job/a/_stop?timeout=-2s").status == 400) == is_refused

    def test_build_of_a_release(self) -> None:
        """A release has its own build, if it is known."""
        assert ask("8.19.14", "GET /").json["version"]["build_hash"] == "f9adf4c29021dbda28cae7d9c11924471798723d"
        assert ask("9.2.1", "GET /").json["version"]["lucene_version"] == "10.3.1"


class TestClient:
    """What a client meets that knows one version, on every line."""

    @pytest.mark.parametrize("version", lines())
    def test_a_script_that_works_everywhere(self, version: str) -> None:
        """There is one way to stop a job that works on each line, and the job is stopped then."""
        path = "/_xpack/rollup" if version in lines(until="6.5") else "/_rollup"
        cluster = FakeCluster(version, "a")
        answers: list[Any] = [cluster.ask(f"POST {path}/job/a/_stop"), cluster.ask(f"GET {path}/job/a")]

        assert [answer.status for answer in answers] == [200, 200]
        assert answers[1].json["jobs"][0]["status"]["job_state"] == "stopped"
