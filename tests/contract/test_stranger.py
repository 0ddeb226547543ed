"""The suite against a cluster of which it knows the URL only: a fake, for once in another process than the suite."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from tests.contract.conftest import SUITE, counts

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster, RecordedRequest, RollupCluster
    from tests.contract.conftest import RunSuite

STOP_MISSING = re.compile(r"/_rollup/job/[^/]+-missing/_stop")
MAPPING = {"properties": {"the_field": {"type": "date"}}}


def contents(cluster: RollupCluster) -> tuple[dict[str, str], set[str]]:
    """Return the jobs with their states, and the indices."""
    indices = {index.name for index in cluster.world.indices}
    return {id_: str(job.state) for id_, job in cluster.jobs.items()}, indices


def with_others(cluster: RollupCluster) -> RollupCluster:
    """Give a cluster a job and an index that are none of the suite's business, with names that resemble it."""
    cluster.add_job("rollup-fake", state="started")
    cluster.add_index("rollup-fake-contract", MAPPING)
    return cluster


@pytest.fixture
def stranger(make_rollup_cluster: MakeRollupCluster) -> RollupCluster:
    """Give a cluster of 8.19 in which somebody else has a job and an index."""
    return with_others(make_rollup_cluster("8.19"))


class TestAgreement:
    """It asks the cluster for its version, and holds it to that."""

    @pytest.mark.parametrize("version", ["6.3.2", "6.8.23", "7.10.2", "7.17.29", "8.0.1", "9.5.4"])
    def test_a_faithful_cluster_agrees(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite, version: str
    ) -> None:
        """What only a fake can do is left out, with the reason; what was created is gone."""
        cluster = with_others(make_rollup_cluster(version))
        before = contents(cluster)
        result = run_suite("-q", "--rollup-url", cluster.url, apart=True)

        _, agreed, differed, left_out = counts(result)
        assert result.ret == 0
        assert (agreed > 100, differed, left_out > 5) == (True, 0, True)
        result.stdout.fnmatch_lines(
            [
                f"rollup contract: {cluster.url}, which says it is Elasticsearch {version}",
                "left out *: only a fake can hold a job in a state",
                "left out *: the URL has no credentials, and without security nobody is refused",
            ],
        )
        assert contents(cluster) == before

    def test_a_new_cluster_gets_an_index_that_counts_as_use(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite
    ) -> None:
        """From 8.15 on no job could be created there; that it does so it says."""
        cluster = make_rollup_cluster("8.15")
        result = run_suite("-q", "--rollup-url", cluster.url, "-k", "put-a-job")

        assert result.ret == 0
        result.stdout.fnmatch_lines(["rollup contract: from 8.15 on, jobs are refused where rollup was never used: *"])
        assert contents(cluster) == ({}, set())

    def test_a_cluster_that_warns_of_its_security_agrees(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite
    ) -> None:
        """7.13 to 7.17 do, with every answer, if nobody decided."""
        result = run_suite("-q", "--rollup-url", make_rollup_cluster("7.16", security="unset").url)

        assert counts(result)[2] == 0

    def test_several_nodes_agree(self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite) -> None:
        """And several processes may ask them."""
        cluster = make_rollup_cluster("9.5", nodes=3)
        result = run_suite("-q", "--rollup-url", cluster.url, "-n", "2", "-k", "stop or start or put", apart=True)

        assert counts(result)[2] == 0
        assert contents(cluster) == ({}, set())

    def test_a_cluster_that_really_waits_agrees(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite
    ) -> None:
        """No case lets it wait for long."""
        cluster = make_rollup_cluster("9.5", clock="running")
        result = run_suite("-q", "--rollup-url", cluster.url, "-k", "stop or delete")

        assert counts(result)[2] == 0
        assert max(request.waited or 0 for request in cluster.requests) < 1


class TestSecurity:
    """The user of the URL does everything, and is shown to nobody."""

    def test_users_that_are_refused(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite, pytester: pytest.Pytester
    ) -> None:
        """One without privileges is created for that, and removed."""
        cluster = make_rollup_cluster("8.19", security=True)
        removed = add_security_api(cluster)
        url = cluster.url.replace("://", "://elastic:changeme@")
        result = run_suite("-q", "--rollup-url", url, "--rollup-record", "record.json")

        record = (pytester.path / "record.json").read_text(encoding="utf-8")
        assert result.ret == 0
        assert counts(result, "security") == (10, 10, 0, 0)
        assert [path.rpartition("-")[2] for path in removed] == ["nobody", "nothing"]
        assert contents(cluster) == ({}, set())
        for shown in (record, "\n".join([*result.outlines, *result.errlines])):
            assert "changeme" not in shown
            assert "ZWxhc3RpYzpjaGFuZ2VtZQ" not in shown

    def test_no_user_can_be_created(self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite) -> None:
        """Then nobody without privileges is there, and what such a user would see is left out."""
        cluster = make_rollup_cluster("9.5", security=True, strict=False)
        result = run_suite(
            "-q", "--rollup-url", cluster.url.replace("://", "://elastic:changeme@"), "-k", "9.5.4-security"
        )

        assert counts(result, "security")[2:] == (0, 4)
        result.stdout.fnmatch_lines(["left out 4: no user without privileges could be created"])

    def test_a_wrong_password_is_noticed_at_once(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite
    ) -> None:
        """Nothing was asked of the cluster but what it is."""
        cluster = make_rollup_cluster("9.5", security=True)
        result = run_suite("--rollup-url", cluster.url.replace("://", "://elastic:wrong@"))

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: --rollup-url: the cluster answers 401 to GET /: *"])
        assert {request.path for request in cluster.requests} == {"/"}


class TestTls:
    """The cluster's certificate is checked, unless that is turned off."""

    @pytest.mark.parametrize("version", ["6.8", "7.17", "8.19", "9.5"])
    def test_a_cluster_with_tls_and_security_agrees(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite, version: str
    ) -> None:
        """Against the certificates of a file."""
        cluster = make_rollup_cluster(version, security=True, tls=True, strict=False)
        url = cluster.url.replace("://", "://elastic:changeme@")
        result = run_suite("-q", "--rollup-url", url, "--rollup-ca", str(cluster.ca_path), "-k", "security or start")

        assert result.ret == 0
        assert counts(result, "security")[1] >= 4

    def test_an_unknown_certificate_is_refused(
        self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite
    ) -> None:
        """Before anything of the user's is sent."""
        cluster = make_rollup_cluster("9.5", tls=True)
        result = run_suite("--rollup-url", cluster.url)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: --rollup-url: *certificate verify failed*"])

    def test_the_check_can_be_turned_off(self, make_rollup_cluster: MakeRollupCluster, run_suite: RunSuite) -> None:
        """For a certificate that nobody has signed."""
        cluster = make_rollup_cluster("9.5", tls=True)
        result = run_suite("-q", "--rollup-url", cluster.url, "--rollup-insecure", "-k", "info")

        assert counts(result) == (3, 3, 0, 0)

    def test_a_file_that_is_not_there_is_named(self, rollup_cluster: RollupCluster, run_suite: RunSuite) -> None:
        """Before the cluster is asked anything."""
        result = run_suite("--rollup-url", rollup_cluster.url, "--rollup-ca", "nowhere.pem")

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: --rollup-ca: *nowhere.pem*"])
        assert not rollup_cluster.requests


def add_security_api(cluster: RollupCluster) -> list[str]:
    """Let users be created and removed over HTTP; return where it notes what was removed."""
    removed: list[str] = []

    def handle(request: Request) -> Response:
        kind, name = request.path.rsplit("/", 2)[1:]
        if request.method == "DELETE":
            removed.append(name)
        elif kind == "user":
            body = request.get_json()
            cluster.security.add_user(name, body["password"], roles=body["roles"])
        return Response("{}", content_type="application/json")

    cluster.expect_request(re.compile("/_security/(user|role)/.*")).respond_with_handler(handle)
    return removed


class TestDifferences:
    """A cluster that answers wrongly is found out."""

    def test_a_wrong_answer_fails(self, stranger: RollupCluster, run_suite: RunSuite) -> None:
        """With what was expected, what came, and whom one can ask."""
        before = contents(stranger)
        stranger.expect_request(STOP_MISSING, method="POST").respond_with_json({"stopped": True})
        result = run_suite("-q", "--rollup-url", stranger.url, "-k", "8.19.21-stop or 8.19.21-get")

        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert counts(result, "stop")[2] == 3
        assert counts(result, "get")[2] == 0
        result.stdout.fnmatch_lines(
            [
                "8.19.21: stop, a job that is not there (Elasticsearch: TransportStopRollupAction; stop_job.yml)",
                "POST /_rollup/job/rollup-fake-contract-*-missing/_stop",
                "    status: expected 404, got 200",
                "    header missing: X-elastic-product: Elasticsearch",
            ]
        )
        assert contents(stranger) == before

    def test_what_could_not_be_removed_is_named(self, stranger: RollupCluster, run_suite: RunSuite) -> None:
        """And what was there before stays."""
        stranger.expect_request(re.compile("/rollup-fake-contract-.*-source"), method="DELETE").respond_with_json(
            {}, status=403
        )
        result = run_suite("-q", "--rollup-url", stranger.url, "-k", "8.19.21-get-a-job")

        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(
            ["*could not be removed from http://*: index rollup-fake-contract-*-source (403 {})"]
        )

    @pytest.mark.parametrize(
        ("version", "text"),
        [
            (
                {"number": "2.11.0", "distribution": "opensearch", "build_hash": "x"},
                "opensearch 2.11.0 has no rollup jobs",
            ),
            ({"number": "7.10.2", "build_flavor": "oss", "build_hash": "x"}, "Elasticsearch, flavor oss 7.10.2 has no"),
            ({"number": "5.6.16", "build_hash": "x"}, "Elasticsearch, flavor default 5.6.16 has no rollup jobs"),
            ({}, "GET / was answered 200 with *, which names no version of Elasticsearch"),
        ],
    )
    def test_what_has_no_rollup_jobs_is_refused(
        self, rollup_cluster: RollupCluster, run_suite: RunSuite, version: dict[str, str], text: str
    ) -> None:
        """Nothing is created in it."""
        rollup_cluster.expect_request("/", method="GET").respond_with_json({"version": version})
        result = run_suite("--rollup-url", rollup_cluster.url)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: --rollup-url: {text}*"])
        assert {request.method for request in rollup_cluster.requests} == {"GET"}

    def test_nobody_there(self, rollup_cluster: RollupCluster, run_suite: RunSuite) -> None:
        """Where nobody answered is said, without the password."""
        rollup_cluster.stop()
        result = run_suite("--rollup-url", rollup_cluster.url.replace("://", "://elastic:secret@"))

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: --rollup-url: GET /: no answer from {rollup_cluster.url}: *refused"])
        result.stderr.no_fnmatch_line("*secret*")

    def test_a_version_cannot_be_chosen(self, stranger: RollupCluster, run_suite: RunSuite) -> None:
        """The cluster has one."""
        result = run_suite("--rollup-url", stranger.url, "--rollup-version", "7.17")

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: --rollup-version selects among the fake's versions; *"])


class TestInterruption:
    """A run that does not end as it should."""

    def test_an_interrupted_run_leaves_nothing(
        self, stranger: RollupCluster, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever it was doing; table and record hold what it had found."""
        del monkeypatch
        before = contents(stranger)
        is_in_the_middle, may_go_on = threading.Event(), threading.Event()

        def keep_it_there(_: RecordedRequest) -> None:
            is_in_the_middle.set()
            may_go_on.wait(60)

        stranger.inject(keep_it_there, on="put", after=29)
        command = [
            sys.executable,
            "-m",
            "pytest",
            *SUITE,
            "-q",
            "--rollup-url",
            stranger.url,
            "--rollup-record",
            "record",
        ]
        # A run that a shell has put into the background ignores this signal, and so would what it starts.
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
        with subprocess.Popen(
            command, cwd=pytester.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as run:
            signal.signal(signal.SIGINT, handler)
            is_in_the_middle.wait(60)
            run.send_signal(signal.SIGINT)
            may_go_on.set()
            output, _ = run.communicate(timeout=60)

        assert run.returncode == pytest.ExitCode.INTERRUPTED, output
        assert "KeyboardInterrupt" in output
        assert "\nall " in output
        assert len(json.loads((pytester.path / "record").read_text(encoding="utf-8"))["cases"]) > 10
        assert contents(stranger) == before

    def test_leftovers_of_a_run_that_was_killed_are_named(self, stranger: RollupCluster, run_suite: RunSuite) -> None:
        """They stay, since they may be those of another run that is under way."""
        stranger.add_job("rollup-fake-contract-0-1", config={"rollup_index": "rollup-fake-contract-0-1-rollup"})
        before = contents(stranger)
        result = run_suite("-q", "--rollup-url", stranger.url, "-k", "info")

        result.stdout.fnmatch_lines(["rollup contract: there are 1 jobs and 1 indices of another run of this suite; *"])
        assert contents(stranger) == before

    def test_leftovers_are_removed_when_told_to(self, stranger: RollupCluster, run_suite: RunSuite) -> None:
        """And nothing else, however it resembles them."""
        before = contents(stranger)
        stranger.add_job("rollup-fake-contract-0-1", config={"rollup_index": "rollup-fake-contract-0-1-rollup"})
        result = run_suite("-q", "--rollup-url", stranger.url, "-k", "info", "--rollup-remove-leftovers")

        result.stdout.fnmatch_lines(["rollup contract: removed 1 jobs and 1 indices of another run of this suite"])
        assert contents(stranger) == before
