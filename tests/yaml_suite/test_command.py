"""The command line: where tests are found, what they are run against, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from pytest_rollup_fake import RollupCluster
from tests.yaml_suite.running import SETUP

if TYPE_CHECKING:
    from tests.yaml_suite.running import Runner

INFO = "it:\n  - do: {info: {}}\n"
ROLLUP = "x-pack/plugin/src/yamlRestTest/resources/rest-api-spec/test/rollup"
API = "rest-api-spec/src/main/resources/rest-api-spec/api"

SETUP_6 = (
    SETUP.replace("mappings: {", "mappings: {doc: {")
    .replace("date}}}}", "date}}}}}")
    .replace("- do:", "- do:\n      allowed_warnings_regex: ['.*']")
    .replace("rollup.put_job", "xpack.rollup.put_job")
    .replace("fixed_interval", "interval")
)
"""As in 6.x: with a type in the mapping, below `_xpack`; 6.8 warns of both that and the number of shards."""


class TestPath:
    """What PATH may be."""

    def test_a_checkout(self, runner: Runner) -> None:
        """Its rollup tests are run, and no others."""
        runner.write(INFO, f"{ROLLUP}/stop_job.yml")
        runner.write(INFO, "x-pack/plugin/src/yamlRestTest/resources/rest-api-spec/test/ml/jobs.yml")
        runner.write(INFO, "x-pack/plugin/rollup/qa/rest/src/yamlRestTest/resources/rest-api-spec/test/rollup/10.yml")
        ran = runner.command(str(runner.folder), "--version", "8.19")

        assert len(ran.lines) == 3
        assert ran.lines[1] == f"passed   {ROLLUP}/stop_job.yml: it"

    @pytest.mark.parametrize("path", ["", ROLLUP, f"{ROLLUP}/stop_job.yml"])
    def test_apis_are_those_of_the_checkout_around_it(self, runner: Runner, path: str) -> None:
        """Be it the root, a folder or a file."""
        described = {"made_up": {"url": {"paths": [{"path": "/", "methods": ["GET"]}]}}}
        runner.write(json.dumps(described), f"{API}/made_up.json")
        runner.write("it:\n  - do: {made_up: {}}\n  - is_true: version\n", f"{ROLLUP}/stop_job.yml")

        assert runner.command(str(runner.folder / path), "--version", "8.19").has_passed

    def test_a_checkout_of_another_version_is_noted(self, runner: Runner) -> None:
        """Since much of what fails then is no fault of anybody's."""
        runner.write(INFO, f"{ROLLUP}/stop_job.yml")
        runner.write("elasticsearch     = 9.1.2\nlucene = 10\n", "build-tools-internal/version.properties")

        noted = runner.command(str(runner.folder / ROLLUP), "--version", "8.19").lines[0]
        assert noted.startswith("note: the tests are those of 9.1, and 8.19.")
        assert not runner.command(str(runner.folder / ROLLUP), "--version", "9.1").lines[0].startswith("note")

    @pytest.mark.parametrize("path", ["", "missing"])
    def test_without_tests_is_refused(self, runner: Runner, path: str) -> None:
        """It says what PATH is."""
        ran = runner.command(str(runner.folder / path), "--version", "8.19")

        assert ran.code == 2
        assert (
            "no tests here; PATH is a checkout of Elasticsearch, a folder of YAML tests or one such file" in ran.errors
        )


class TestUrl:
    """`--url`: a cluster that runs somewhere."""

    def test_is_asked_for_its_version(self, runner: Runner) -> None:
        """Conditions are judged by it."""
        path = runner.write("it:\n  - skip: {version: '8.0.0 - ', reason: new}\n  - do: {info: {}}\n")
        with RollupCluster("8.19") as cluster:
            ran = runner.command(str(path), "--url", cluster.url)

        assert ran.counts == "0 passed, 0 failed, 0 not run, 1 skipped (8.19.21)"

    @pytest.mark.parametrize("version", ["6.8", "7.17", "8.14"])
    def test_keeps_what_it_had_and_nothing_of_the_tests(self, runner: Runner, version: str) -> None:
        """Jobs are stopped and deleted, also those that run, and indices are deleted."""
        steps = "  - do: {rollup.start_job: {id: sensor}}\n"
        if version == "6.8":
            steps = steps.replace("rollup.", "xpack.rollup.").replace("do: {", "do: {allowed_warnings_regex: ['.*'], ")
        path = runner.write(f"{SETUP_6 if version == '6.8' else SETUP}\n---\nit:\n{steps}")
        with RollupCluster(version, jobs=["mine"]) as cluster:
            cluster.add_index("mine")
            ran = runner.command(str(path), "--url", cluster.url)

            assert ran.counts.startswith("1 passed"), ran.text
            assert list(cluster.jobs) == ["mine"]
            deleted = [request.path for request in cluster.requests if request.method == "DELETE"]
            assert deleted[0].endswith("rollup/job/sensor")
            assert sorted(deleted[1:]) == ["/readings", "/readings_rollup"]

    def test_over_tls_trusts_whom_the_environment_names(self, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        """`SSL_CERT_FILE` is OpenSSL's own variable."""
        path = runner.write(INFO)
        with RollupCluster("8.19", tls=True) as cluster:
            refused = runner.command(str(path), "--url", cluster.url)
            monkeypatch.setenv("SSL_CERT_FILE", cluster.ca_path)
            trusted = runner.command(str(path), "--url", cluster.url)

        assert refused.code == 2
        assert "CERTIFICATE_VERIFY_FAILED" in refused.errors
        assert trusted.has_passed

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("localhost:9200", "a URL is such as 'http://localhost:9200', not 'localhost:9200'"),
            ("http://127.0.0.1:1", "no answer to GET /: ConnectionRefusedError"),
        ],
    )
    def test_where_nothing_answers_is_refused(self, runner: Runner, url: str, reason: str) -> None:
        """With the reason."""
        ran = runner.command(str(runner.write(INFO)), "--url", url)

        assert ran.code == 2
        assert reason in ran.errors

    def test_where_something_else_answers_is_refused(self, runner: Runner) -> None:
        """The answer is shown."""
        with RollupCluster() as cluster:
            cluster.expect_request("/").respond_with_data("hello")
            ran = runner.command(str(runner.write(INFO)), "--url", cluster.url)

        assert ran.errors == "no Elasticsearch answers GET /: 200 hello\n"

    def test_that_stops_answering_is_a_failure(self, runner: Runner) -> None:
        """Of the test that noticed."""

        def stop(_: Request) -> Response:
            cluster.stop()
            return Response()

        path = runner.write(INFO)
        with RollupCluster("8.19") as cluster:
            cluster.expect_request("/_all").respond_with_handler(stop)
            ran = runner.command(str(path), "--url", cluster.url)

        assert ran.lines[0] == "failed   mine.yml: it"
        assert "no answer to GET /_all" in ran.text


class TestRefused:
    """What cannot be meant."""

    def test_a_version_that_never_was(self, runner: Runner) -> None:
        """The lines that were are named."""
        ran = runner.run(INFO, version="5.6")

        assert ran.code == 2
        assert ran.errors.startswith("unknown Elasticsearch version '5.6'; known lines are 6.3")

    def test_a_folder_of_apis_that_is_none(self, runner: Runner) -> None:
        """It is named."""
        assert "nowhere: no such folder" in runner.run(INFO, "--api", str(runner.folder / "nowhere")).errors

    def test_without_pyyaml(self, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        """It says how to get it."""
        monkeypatch.setitem(sys.modules, "yaml", None)
        ran = runner.run(INFO)

        assert ran.code == 2
        assert ran.errors == "PyYAML is needed to read the tests: pip install 'pytest-rollup-fake[yaml]'\n"


def test_is_a_program_of_its_own(runner: Runner) -> None:
    """With the exit code of what became of the tests."""
    path = runner.write(INFO + "  - is_true: nothing\n")
    command = [sys.executable, "-m", "pytest_rollup_fake.yaml_suite", str(path), "--version", "7.17"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert finished.returncode == 1
    assert finished.stdout.endswith("0 passed, 1 failed, 0 not run, 0 skipped (7.17.29)\n")
