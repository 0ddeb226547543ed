"""The section `do`: what is sent, and which status and warnings are expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake import RollupCluster
from tests.yaml_suite.running import JOB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.yaml_suite.running import Runner

STOP_NOBODY = "rollup.stop_job: {id: nobody}"
DELETE_RUNNING = "- do: {rollup.start_job: {id: sensor}}\n- do: {catch: %s, rollup.delete_job: {id: sensor}}\n"


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Return a cluster to be asked with `--url`."""
    with RollupCluster("7.17") as cluster:
        yield cluster


class TestCatch:
    """Errors that are expected."""

    @pytest.mark.parametrize("catch", ["missing", r"/Task for Rollup Job \[nobody\] not found/", "/reason=Task for/"])
    def test_that_come(self, runner: Runner, catch: str) -> None:
        """By name, or by what the error says, as Java writes a map."""
        assert runner.steps(f"- do: {{catch: '{catch}', {STOP_NOBODY}}}\n- match: {{status: 404}}\n").has_passed

    @pytest.mark.parametrize(
        ("catch", "told"),
        [
            ("conflict", "the status 409 was expected"),
            ("request", "an error was expected whose status has no name of its own, such as 500"),
            ("/no such thing/", "the error does not have /no such thing/"),
        ],
    )
    def test_that_are_others(self, runner: Runner, catch: str, told: str) -> None:
        """A failure that says what was expected."""
        assert told in runner.steps(f"- do: {{catch: {catch}, {STOP_NOBODY}}}\n").text

    @pytest.mark.parametrize("catch", ["missing", "request", "/x/"])
    def test_that_do_not_come(self, runner: Runner, catch: str) -> None:
        """A success is a failure then."""
        ran = runner.steps(f"- do: {{catch: {catch}, rollup.stop_job: {{id: sensor}}}}\n")

        assert ran.counts.startswith("0 passed, 1 failed")

    def test_any_that_has_no_name(self, runner: Runner) -> None:
        """`request` is an error such as 500."""
        assert runner.steps(DELETE_RUNNING % "request").has_passed
        assert runner.steps(DELETE_RUNNING % "conflict").code == 1

    def test_of_the_client_itself(self, runner: Runner) -> None:
        """`param` is an error that a client finds; no request is sent."""
        ran = runner.steps("- do: {catch: param, rollup.stop_job: {}}\n- is_true: stopped\n")

        assert "there is no answer to look at" in ran.text

    @pytest.mark.parametrize("ignore", ["404", "[400, 404]", "'400,404'"])
    def test_that_are_overlooked(self, runner: Runner, ignore: str) -> None:
        """`ignore` names statuses that are no error."""
        assert runner.steps(f"- do: {{rollup.stop_job: {{id: nobody, ignore: {ignore}}}}}\n").has_passed

    def test_a_head_that_finds_nothing_is_none(self, runner: Runner) -> None:
        """It has answered the question; the whole answer is true or false then."""
        ran = runner.steps(
            "- do: {indices.exists: {index: nothing}}\n- is_false: ''\n"
            "- do: {indices.exists: {index: readings}}\n- is_true: ''\n"
        )

        assert ran.has_passed, ran.text


class TestWarnings:
    """Warnings that are expected, allowed, or neither."""

    DEPRECATED = "[POST /_xpack/rollup/job/{id}/_stop] is deprecated! Use [POST /_rollup/job/{id}/_stop] instead."

    def stop(self, runner: Runner, beside: str, version: str = "7.17") -> str:
        """Stop a job by the deprecated path, with something beside it in the section; returns what was printed."""
        return runner.steps(f"- do:\n    xpack.rollup.stop_job: {{id: sensor}}\n{beside}", version=version).text

    def test_one_that_nobody_expected_fails(self, runner: Runner) -> None:
        """And is told."""
        assert f"the warning was not expected: {self.DEPRECATED}" in self.stop(runner, "")

    @pytest.mark.parametrize("kind", ["warnings", "allowed_warnings"])
    def test_by_text(self, runner: Runner, kind: str) -> None:
        """Word by word."""
        assert "1 passed" in self.stop(runner, f'    {kind}: ["{self.DEPRECATED}"]\n')

    @pytest.mark.parametrize("kind", ["warnings_regex", "allowed_warnings_regex"])
    def test_by_pattern(self, runner: Runner, kind: str) -> None:
        """Which has to match the whole text."""
        assert "1 passed" in self.stop(runner, f"    {kind}: ['.*is deprecated! Use.*']\n")
        assert "was not expected" in self.stop(runner, f"    {kind}: ['is deprecated']\n")

    def test_an_expected_one_that_is_missing_fails(self, runner: Runner) -> None:
        """An allowed one does not."""
        both = f'["{self.DEPRECATED}", other]'

        assert "a warning is missing: other" in self.stop(runner, f"    warnings: {both}\n")
        assert "1 passed" in self.stop(runner, f"    allowed_warnings: {both}\n")

    def test_an_expected_pattern_that_matches_nothing_fails(self, runner: Runner) -> None:
        """In a version that does not warn as well."""
        ran = runner.steps("- do: {warnings_regex: ['never.*'], info: {}}\n")

        assert "no warning matches never.*" in ran.text

    @pytest.mark.parametrize("version", ["6.4", "6.8"])
    def test_of_the_number_of_shards_is_none_of_the_tests(self, runner: Runner, version: str) -> None:
        """Every index that is created without settings has it; the Java runner of 6.x expects it everywhere."""
        assert runner.run("it:\n  - do: {indices.create: {index: a}}\n", version=version).has_passed

    @pytest.mark.parametrize("version", ["6.7", "6.8"])
    def test_of_types_are_none_of_the_tests(self, runner: Runner, version: str) -> None:
        """The Java runner of 7.x overlooks them, for tests with types are run against clusters of several versions."""
        index = "{index: a, body: {mappings: {doc: {properties: {at: {type: date}}}}}}"
        create = f"it:\n  - do:\n      indices.create: {index}\n"

        assert runner.run(create, version=version).has_passed
        assert "a warning is missing: other" in runner.run(f"{create}      warnings: [other]\n", version=version).text

    def test_they_do_not_matter_with_an_error_that_is_caught(self, runner: Runner) -> None:
        """As in the Java runner, which looks at them after a success only."""
        assert runner.steps("- do: {catch: missing, xpack.rollup.stop_job: {id: nobody}}\n").has_passed


class TestRequest:
    """What is sent."""

    def run(self, runner: Runner, cluster: RollupCluster, steps: str) -> None:
        """Run sections against the cluster."""
        path = runner.write(f"it:\n{steps}")
        ran = runner.command(str(path), "--url", cluster.url)
        assert ", 0 failed, 0 not run" in ran.counts, ran.text

    def test_headers(self, runner: Runner, cluster: RollupCluster) -> None:
        """Those of the section, with values put aside."""
        self.run(
            runner,
            cluster,
            "  - do: {info: {}}\n  - set: {cluster_name: name}\n"
            "  - do: {headers: {X-Opaque-Id: 'of ${name}'}, rollup.get_jobs: {id: x}}\n",
        )

        assert [request.headers.get("X-Opaque-Id") for request in cluster.requests.to("get") if request.job == "x"] == [
            "of elasticsearch"
        ]

    def test_parameters(self, runner: Runner, cluster: RollupCluster) -> None:
        """What is no part of the path, with booleans and lists as Elasticsearch reads them."""
        cluster.add_job("a", state="stopped")
        self.run(
            runner,
            cluster,
            "  - do: {rollup.stop_job: {id: a, wait_for_completion: true, timeout: 5s}}\n"
            "  - do: {catch: missing, rollup.get_rollup_index_caps: {index: [a, b*]}}\n",
        )

        assert cluster.requests.to("stop").last.query == {"wait_for_completion": "true", "timeout": "5s"}
        assert cluster.requests.to("index_caps").last.path == "/a,b*/_rollup/data"

    def test_a_body_that_is_no_json(self, runner: Runner, cluster: RollupCluster) -> None:
        """Is sent as it is, whatever it seems to name."""
        self.run(runner, cluster, "  - do: {catch: bad_request, indices.create: {index: a, body: 'no $json'}}\n")

        assert [request.body for request in cluster.requests if request.method == "PUT"] == [b"no $json"]

    def test_a_call_without_arguments(self, runner: Runner, cluster: RollupCluster) -> None:
        """May leave them out."""
        self.run(runner, cluster, "  - do: {indices.refresh: }\n")

        assert cluster.requests.to("refresh").last.path == "/_refresh"

    def test_user_and_password_of_the_url(self, runner: Runner) -> None:
        """Are sent, unless a section has its own."""
        with RollupCluster("8.19", security=True) as cluster:
            url = cluster.url.replace("http://", "http://elastic:changeme@")
            path = runner.write("it:\n  - do: {rollup.get_jobs: {id: x}}\n")

            assert runner.command(str(path), "--url", url).has_passed
            assert runner.command(str(path), "--url", cluster.url).code == 2


class TestNodes:
    """`node_selector`."""

    @pytest.mark.parametrize("version", ["current", "7.0.0 - 7.99.99"])
    def test_of_the_version(self, runner: Runner, version: str) -> None:
        """All nodes are of one version."""
        assert runner.steps(f"- do: {{node_selector: {{version: '{version}'}}, info: {{}}}}\n").counts.startswith(
            "1 passed"
        )

    @pytest.mark.parametrize("selector", ["{version: ' - 6.8.99'}", "{attribute: {tag: old}}"])
    def test_that_are_not_there(self, runner: Runner, selector: str) -> None:
        """The test is not run."""
        ran = runner.steps(f"- do: {{node_selector: {selector}, info: {{}}}}\n")

        assert ran.counts.startswith("0 passed, 0 failed, 1 not run")


def test_a_body_as_mapping_is_sent_as_json(runner: Runner) -> None:
    """And one as text as it is written."""
    as_mapping = JOB.split("body:")[0] + (
        "body: {index_pattern: readings, rollup_index: other, cron: '0 0 * * * ?', page_size: 1,"
        " groups: {date_histogram: {field: at, fixed_interval: 1h}}}\n"
    )
    ran = runner.run(
        "it:\n  - do: {indices.create: {index: readings, body: {mappings: {properties: {at: {type: date}}}}}}\n"
        f"  - do: {as_mapping}  - do: {JOB.replace('sensor', 'second')}  - do: {{rollup.get_jobs: {{id: _all}}}}\n"
        "  - length: {jobs: 2}\n"
    )

    assert ran.has_passed, ran.text
