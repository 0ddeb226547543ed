"""Scenario files: what they set up, and where they say that a mistake is."""

from __future__ import annotations

import inspect
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake import NEVER, RollupCluster, faults, polls
from pytest_rollup_fake.admin.checking import DocumentError, check, scenario_schema
from pytest_rollup_fake.admin.injections import read_fault, write_injection
from pytest_rollup_fake.command.job_text import KEYS, read_job
from pytest_rollup_fake.command.main import build_parser, main
from pytest_rollup_fake.command.scenario import Scenario
from pytest_rollup_fake.command.serve import Setup
from pytest_rollup_fake.command.toml_lines import Lines
from pytest_rollup_fake.model.states import JobState
from pytest_rollup_fake.model.timeline import ClockMode

if TYPE_CHECKING:
    from pathlib import Path

FULL = """\
# What a team runs its client against.
[settings]
version = "7.17"
clock = "manual"
nodes = 2
security = true

[[jobs]]
id = "sensor"
state = "indexing"
stop_delay = "45s"

[[jobs]]
id = "polled"
stop_delay = "polls(2)"
[jobs.config]
page_size = 10
groups.date_histogram.delay = "1d"

[[jobs]]
id = "endless"
stop_delay = "never"

[[users]]
name = "ops"
password = "secret"
cluster = [
    "manage_rollup",
]

[[api_keys]]
id = "retire"
api_key = "hidden"
user = "ops"
expires_in = "90d"

[[indices]]
name = "sensor-2024"
mappings.properties.timestamp.type = "date"
"""


def write(folder: Path, text: str) -> Path:
    """Write a scenario."""
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def set_up(**given: Any) -> RollupCluster:
    """Return a cluster that was set up, and is not started."""
    options = build_parser().parse_args(["serve"])
    vars(options).update(given)
    setup = Setup(options)
    cluster = RollupCluster(strict=False, **setup.settings)
    setup.apply(cluster)
    return cluster


class TestScenario:
    """What a file sets up."""

    def test_everything_that_it_says_is_there(self, tmp_path: Path) -> None:
        """Settings, jobs, users, API keys and indices."""
        cluster = set_up(scenario=write(tmp_path, FULL))

        assert (str(cluster.version), cluster.clock.mode, len(cluster.nodes)) == ("7.17.29", "manual", 2)
        assert {id_: job.state for id_, job in cluster.jobs.items()} == {
            "sensor": "indexing",
            "polled": "started",
            "endless": "started",
        }
        assert [job.stop_delay for job in cluster.jobs.values()] == ["45s", polls(2), NEVER]
        assert cluster.jobs["polled"].config["page_size"] == 10
        assert cluster.security.find_user("ops") is not None
        assert cluster.security.find_api_key("retire") is not None
        assert cluster.world.indices.get("sensor-2024") is not None

    def test_options_are_stronger_and_their_jobs_come_on_top(self, tmp_path: Path) -> None:
        """What is not given as an option stays as the file has it."""
        cluster = set_up(scenario=write(tmp_path, FULL), version="9", jobs=["other:stopped,stop_delay=5"])

        assert (str(cluster.version), cluster.clock.mode) == ("9.5.4", "manual")
        assert (cluster.jobs["other"].state, cluster.jobs["other"].stop_delay) == ("stopped", 5)

    def test_security_can_be_said_to_be_off(self, tmp_path: Path) -> None:
        """As it is if nothing is said."""
        assert set_up(scenario=write(tmp_path, "[settings]\nsecurity = false\n")).world.security is None

    @pytest.mark.parametrize(
        ("old", "new", "line", "problem"),
        [
            ('"45s"', '"45x"', 11, "jobs[0].stop_delay: stop_delay (a duration, 'polls(3)' or 'never') must be"),
            ('"indexing"', '"idle"', 10, 'jobs[0].state: "idle" is not allowed; allowed are "started", "indexing"'),
            (
                "state =",
                "stat =",
                10,
                "jobs[0].stat: there is no such key (did you mean 'stats'?); the keys are id, state, stop_delay",
            ),
            ('id = "sensor"', "", 8, "jobs[0]: 'id' is missing; the keys are id, state"),
            ('id = "sensor"', 'id = ""', 9, "jobs[0].id: the text must not be empty"),
            ('id = "polled"', 'id = "sensor"', 14, "jobs[1].id: there is a rollup job 'sensor' already"),
            ("page_size = 10", "page_sizes = 10", 16, "jobs[1].config: unknown 'page_sizes' in the config; it has id"),
            ('    "manage_rollup"', "    1", 27, "users[0].cluster[0]: expected is a text, not 1"),
            ("nodes = 2", "nodes = 0", 5, "settings.nodes: at least 1 is allowed, not 0"),
            ("nodes = 2", "nodes = true", 5, "settings.nodes: expected is a whole number, not true"),
            ('"7.17"', '"5.0"', 3, "settings.version: unknown Elasticsearch version '5.0'; known lines are 6.3"),
            ("security = true", "", 24, "users[0]: users need security; turn it on"),
            ('user = "ops"', 'user = "op"', 31, "api_keys[0]: there is no user 'op'"),
            ('"90d"', '"90x"', 31, "api_keys[0]: expires_in must be"),
            (
                "[[indices]]",
                "[[indexes]]",
                37,
                "indexes: there is no such key (did you mean 'indices'?); the keys are settings, jobs",
            ),
            ("[settings]", "[[settings]]", 2, "settings: expected is a table, not"),
        ],
    )
    def test_a_mistake_is_told_with_file_line_and_what_is_allowed(
        self, tmp_path: Path, old: str, new: str, line: int, problem: str
    ) -> None:
        """The line is that of the value, or of what lacks one."""
        assert old in FULL
        path = write(tmp_path, FULL.replace(old, new, 1))

        with pytest.raises(ValueError, match="line") as raised:
            set_up(scenario=path)
        assert str(raised.value).startswith(f"{path}, line {line}: {problem}")

    def test_what_is_no_toml_is_told_with_its_line(self, tmp_path: Path) -> None:
        """In tomllib's words."""
        with pytest.raises(ValueError, match=r"scenario\.toml is no TOML: .*line 2, column 5"):
            Scenario(write(tmp_path, "[settings]\na = b\n"))

    def test_what_is_no_text_is_told(self, tmp_path: Path) -> None:
        """TOML is UTF-8."""
        path = tmp_path / "scenario.toml"
        path.write_bytes(b"\xff")
        with pytest.raises(ValueError, match="is not UTF-8"):
            Scenario(path)


class TestFaults:
    """`[[faults]]`."""

    def test_the_schema_knows_every_fault(self) -> None:
        """And none that there is not."""
        made = {
            name
            for name, function in inspect.getmembers(faults, inspect.isfunction)
            if not name.startswith("_") and function.__module__ == faults.__name__ and name.islower()
        }
        assert set(scenario_schema()["$defs"]["fault"]["properties"]["fault"]["enum"]) == made

    def test_a_fault_strikes_where_it_says(self, tmp_path: Path) -> None:
        """As `inject` would have it."""
        text = (
            '[[jobs]]\nid = "sensor"\n[[faults]]\nfault = "too_many_requests"\non = "stop"\njob = "sensor"\ntimes = 2\n'
        )
        with set_up(scenario=write(tmp_path, text)) as cluster:
            url = f"{cluster.url}/_rollup/job/sensor/_stop"
            assert [requests.post(url, timeout=5).status_code for _ in range(3)] == [429, 429, 200]

    @pytest.mark.parametrize(
        "fault",
        [
            faults.reset(),
            faults.error(503, "some_exception", "why"),
            faults.error(503, "some_exception", None),
            faults.forbidden("guest", ["a", "b"]),
            faults.bad_gateway(),
            faults.response(418, {"tea": "pot"}, {"X-Tea": "yes"}),
            faults.garbage(b"\xff\x00"),
            faults.truncate("head"),
            faults.slow("5s"),
        ],
        ids=repr,
    )
    def test_a_fault_can_be_written_and_read_again(self, fault: faults.Fault) -> None:
        """As JSON, with all that it takes."""
        with RollupCluster(strict=False) as cluster:
            written = json.loads(json.dumps(write_injection(cluster.inject(fault, on="stop"))))
            assert read_fault(written) == fault

    @pytest.mark.parametrize(
        ("lines", "line", "problem"),
        [
            (
                'fault = "rest"',
                2,
                'faults[0].fault: "rest" is not allowed (did you mean \'reset\'?); allowed are "error", "too_many',
            ),
            (
                'fault = "reset"\narguments.at = 5',
                3,
                "faults[0].arguments.at: there is no such argument; reset takes no",
            ),
            ('fault = "slow"', 1, "faults[0].arguments: 'duration' is missing; slow takes duration"),
            (
                'fault = "error"\narguments = {status=200, type="a", reason="b"}',
                3,
                "faults[0].arguments: the status of",
            ),
            (
                'fault = "reset"\ntimes = 0',
                3,
                "faults[0].times: times is a whole number of at least 1 or 'always'",
            ),
        ],
    )
    def test_a_mistake_is_told_with_its_line(self, tmp_path: Path, lines: str, line: int, problem: str) -> None:
        """And with what is allowed."""
        path = write(tmp_path, f'[[faults]]\n{lines}\non = "stop"\n')
        with pytest.raises(ValueError, match="line") as raised:
            set_up(scenario=path)
        assert str(raised.value).startswith(f"{path}, line {line}: {problem}")

    def test_an_unknown_endpoint_is_told(self, tmp_path: Path) -> None:
        """With those that there are."""
        path = write(tmp_path, '[[faults]]\nfault = "reset"\non = "stpo"\n')
        with pytest.raises(
            ValueError,
            match=r"line 3: faults\[0\]\.on: on names 'stpo' \(did you mean 'stop'\?\); it is one or several of caps",
        ):
            set_up(scenario=path)


class TestSchema:
    """The JSON Schema that editors use is the one that scenarios are held against."""

    def test_the_program_prints_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        """As it is shipped."""
        assert main(["schema"]) == 0
        assert json.loads(capsys.readouterr().out) == scenario_schema()

    def test_its_choices_are_those_of_the_code(self) -> None:
        """A state or a clock that is added to one is missed in the other."""
        definitions = scenario_schema()["$defs"]
        assert definitions["job"]["properties"]["state"]["enum"] == list(JobState)
        assert definitions["settings"]["properties"]["clock"]["enum"] == list(ClockMode)

    def test_a_change_of_a_job_takes_what_a_job_has(self) -> None:
        """But for what makes it that job."""
        definitions = scenario_schema()["$defs"]
        assert set(definitions["job_change"]["properties"]) == {"state", *KEYS}

    @pytest.mark.parametrize("value", [{"state": 1}, {"id": 5}, {"id": "a", "run_documents": -1}, [], "a", None, True])
    def test_what_it_does_not_allow_is_refused(self, value: object) -> None:
        """Whatever the type."""
        with pytest.raises(DocumentError):
            check(value, scenario_schema()["$defs"]["job"])


class TestJobText:
    """`--job`."""

    @pytest.mark.parametrize(
        ("text", "document"),
        [
            ("sensor", {"id": "sensor"}),
            ("sensor:stopped", {"id": "sensor", "state": "stopped"}),
            (
                "a:indexing,stop_delay=45s,runs=true,run_documents=10,run_duration=5",
                {
                    "id": "a",
                    "state": "indexing",
                    "stop_delay": "45s",
                    "runs": True,
                    "run_documents": 10,
                    "run_duration": 5,
                },
            ),
            ("a,stop_delay=polls(3)", {"id": "a", "stop_delay": "polls(3)"}),
        ],
    )
    def test_id_state_and_keys(self, text: str, document: object) -> None:
        """The grammar that `--help` shows."""
        assert read_job(text) == document


class TestLines:
    """Finding the line of a value, with nothing but `tomllib`."""

    @pytest.mark.parametrize(
        ("place", "line"),
        [
            (("settings",), 2),
            (("settings", "nodes"), 5),
            (("jobs", 0), 8),
            (("jobs", 1, "config", "page_size"), 17),
            (("jobs", 1, "config", "groups", "date_histogram", "delay"), 18),
            (("jobs", 2, "missing"), 20),
            (("users", 0, "cluster", 0), 27),
            (("nothing",), 1),
        ],
    )
    def test_a_place_is_where_it_is_set(self, place: tuple[str | int, ...], line: int) -> None:
        """Or the nearest thing around it."""
        assert Lines(FULL).of(place) == line

    def test_what_looks_like_a_statement_inside_a_text_is_none(self) -> None:
        """Texts and lists go over several lines."""
        text = 'a = """\n[b]\nc = 1\n"""\nd = [\n  1,\n  [2],\n]\n"e.f" = 3\n'
        assert [Lines(text).of((key,)) for key in ("a", "b", "d", "e.f")] == [1, 1, 5, 9]

    @given(
        st.lists(st.sampled_from(["[a]", "[a.b]", "[[l]]", "[l.m]", "k = 1", "x.y = [\n1]", "# note", ""]), max_size=8)
    )
    def test_every_value_of_any_file_has_a_line_that_names_it(self, rows: list[str]) -> None:
        """Whatever the order of tables and lists of tables."""
        text = "\n".join(rows)
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return
        lines, found = text.splitlines(), Lines(text)
        for place in places(content):
            key = next(step for step in reversed(place) if isinstance(step, str))
            assert key in lines[found.of(place) - 1]


def places(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the places of all values that are no tables or lists."""
    match value:
        case dict():
            return [each for key, inner in value.items() for each in places(inner, (*place, key))]
        case list():
            return [each for number, inner in enumerate(value) for each in places(inner, (*place, number))]
    return [place]
