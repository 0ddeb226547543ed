"""Which request an API's name and arguments stand for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake.yaml_suite.outcomes import Failed, NotRun
from pytest_rollup_fake.yaml_suite.specs import Apis

if TYPE_CHECKING:
    from pathlib import Path

BESIDE = {"methods": ["POST"], "url": {"paths": ["/things/{id}", "/things"], "params": {"force": {}}}}
"""As up to 7.3: the methods beside the paths."""
BELOW = {
    "url": {
        "paths": [
            {"path": "/things", "methods": ["POST"]},
            {"path": "/things/{id}/{part}", "methods": ["GET", "POST"]},
            {"path": "/things/{id}", "methods": ["PUT", "POST"]},
        ]
    },
    "params": {"force": {}},
}
"""As from 7.4 on: the methods below each path."""


def request(folder: Path, description: Any, arguments: dict[str, object], body: str | None = None) -> str:
    """Return the request that an API stands for."""
    folder.joinpath("things.put.json").write_text(json.dumps({"things.put": description}), encoding="utf-8")
    return str(Apis([folder]).find("things.put").request(arguments, body))


class TestFiles:
    """APIs that a file describes."""

    @pytest.mark.parametrize(
        ("description", "arguments", "expected"),
        [
            (BESIDE, {"id": "a"}, "POST /things/a"),
            (BESIDE, {}, "POST /things"),
            (BELOW, {"id": "a"}, "PUT /things/a"),
            (BELOW, {"id": "a", "part": "b"}, "GET /things/a/b"),
            (BELOW, {"id": "a", "force": True, "pretty": "no"}, "PUT /things/a?force=true&pretty=no"),
            (BELOW, {"id": "a/b c,*"}, "PUT /things/a%2Fb%20c,*"),
            (BELOW, {"id": ["a", "b"]}, "PUT /things/a,b"),
        ],
    )
    def test_stand_for_a_request(
        self, tmp_path: Path, description: Any, arguments: dict[str, object], expected: str
    ) -> None:
        """By the path of which the arguments fill most, and its first method."""
        assert request(tmp_path, description, arguments) == expected

    def test_a_body_is_not_sent_with_a_get_that_may_be_a_post(self, tmp_path: Path) -> None:
        """Which some things between a client and a cluster drop."""
        assert request(tmp_path, BELOW, {"id": "a", "part": "b"}, "{}") == "POST /things/a/b {}"

    def test_a_parameter_that_is_not_described_is_a_failure(self, tmp_path: Path) -> None:
        """As a client would refuse it."""
        with pytest.raises(Failed, match=r"things\.put takes no farce"):
            request(tmp_path, BELOW, {"id": "a", "farce": True})

    def test_arguments_that_fill_no_path_are_a_failure(self, tmp_path: Path) -> None:
        """The paths are named."""
        with pytest.raises(
            Failed, match=r"rollup\.stop_job with force has no path; there is /_rollup/job/\{id\}/_stop"
        ):
            Apis([tmp_path]).find("rollup.stop_job").request({"force": True}, None)

    @pytest.mark.parametrize("text", ["{", "[]", '{"things.put": {}}', '{"things.put": {"url": {"paths": [3]}}}'])
    def test_that_cannot_be_read_say_so(self, tmp_path: Path, text: str) -> None:
        """The test is not run."""
        tmp_path.joinpath("things.put.json").write_text(text, encoding="utf-8")

        with pytest.raises(NotRun, match=r"things\.put\.json describes no API things\.put"):
            Apis([tmp_path]).find("things.put")

    def test_the_first_folder_counts(self, tmp_path: Path) -> None:
        """Those further away are for what it lacks."""
        for name, method in (("near", "GET"), ("far", "PUT")):
            folder = tmp_path / name
            folder.mkdir()
            described = {"url": {"paths": [{"path": "/", "methods": [method]}]}}
            folder.joinpath("info.json").write_text(json.dumps({"info": described}), encoding="utf-8")

        assert str(Apis([tmp_path / "near", tmp_path / "far"]).find("info").request({}, None)) == "GET /"


class TestBuiltIn:
    """APIs that no file describes."""

    @pytest.mark.parametrize(
        ("name", "arguments", "expected"),
        [
            ("rollup.stop_job", {"id": "a", "timeout": "5s"}, "POST /_rollup/job/a/_stop?timeout=5s"),
            ("xpack.rollup.put_job", {"id": "a"}, "PUT /_xpack/rollup/job/a"),
            ("indices.create", {"index": "a"}, "PUT /a"),
            ("cluster.health", {"wait_for_status": "yellow"}, "GET /_cluster/health?wait_for_status=yellow"),
            ("bulk", {"refresh": True}, "POST /_bulk?refresh=true"),
        ],
    )
    def test_take_any_parameter(self, name: str, arguments: dict[str, object], expected: str) -> None:
        """The table knows none, so it refuses none."""
        assert str(Apis().find(name).request(arguments, None)) == expected

    def test_the_others_are_not_known(self) -> None:
        """It says where they were looked for."""
        with pytest.raises(NotRun, match=r"ml\.x is not known here \(specifications: --api was not given"):
            Apis().find("ml.x")
