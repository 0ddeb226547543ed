"""The section of a failing test, in all places where pytest shows one."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests

FAILING = """
    from client import stop

    def test_it(rollup_cluster):
        print("printed by the test")
        rollup_cluster.add_job("sensor", state="indexing", stop_delay="5m")
        stop(rollup_cluster, "sensor", "wait_for_completion=true&timeout=10s")
        assert False
    """
STORY = [
    "Elasticsearch 8.19.* as clients ask, skipping clock at 10.* s, * skipped",
    "* sensor is indexing: added by the test",
    "* POST stop sensor * 10 s * 500",
    "* wait_for_completion=true&timeout=10s",
    "* sensor is stopping: stop (request #2)",
]


class TestSection:
    """When there is one."""

    @pytest.mark.parametrize("options", [(), ("--tb=short",), ("--tb=native",), ("-n1",)], ids=" ".join)
    def test_follows_what_the_test_has_printed(self, run_tests: RunTests, options: tuple[str, ...]) -> None:
        """With every style of traceback, and from a worker of pytest-xdist."""
        result = run_tests(FAILING, *options)

        result.stdout.fnmatch_lines(["-* Captured stdout call -*", "-* rollup cluster -*", *STORY])
        assert result.outlines.count("printed by the test") == 1
        assert "\x1b" not in result.stdout.str()

    def test_is_there_for_setup_and_teardown(self, run_tests: RunTests) -> None:
        """With what had happened until then."""
        result = run_tests("""
            import pytest
            from client import stop

            @pytest.fixture
            def broken(rollup_cluster):
                stop(rollup_cluster, "before")
                raise LookupError

            def test_setup(broken):
                pass

            @pytest.fixture
            def late(rollup_cluster):
                yield
                stop(rollup_cluster, "after")
                raise LookupError

            def test_teardown(rollup_cluster, late):
                stop(rollup_cluster, "during")
            """)

        result.assert_outcomes(passed=1, errors=2)
        result.stdout.fnmatch_lines(["*ERROR at setup*", "-* rollup cluster -*", "*POST stop before *404"])
        result.stdout.fnmatch_lines(["*ERROR at teardown*", "-* rollup cluster -*", "*stop during *", "*stop after *"])

    def test_of_several_clusters_each_has_one(self, run_tests: RunTests) -> None:
        """Told apart by their URLs."""
        result = run_tests("""
            from client import stop

            def test_it(make_rollup_cluster):
                first, second = make_rollup_cluster("7.17"), make_rollup_cluster("9")
                stop(second, "sensor")
                assert False
            """)

        result.stdout.fnmatch_lines(
            [
                "-* rollup cluster 1 of 2, http://127.0.0.1:* -*",
                "Elasticsearch 7.17.*, skipping clock at *",
                "No request has reached the cluster, and it has no jobs.",
                "-* rollup cluster 2 of 2, http://127.0.0.1:* -*",
                "Elasticsearch 9.*, skipping clock at *",
                "* POST stop sensor *404",
            ]
        )

    def test_a_shared_cluster_that_the_test_does_not_use_is_not_told_of(self, run_tests: RunTests) -> None:
        """It could be got by `request`, but was not."""
        result = run_tests("""
            def test_one(session_rollup_cluster):
                pass

            def test_two(rollup_cluster, request):
                assert False
            """)

        assert result.stdout.str().count("- rollup cluster") == 1
        result.stdout.fnmatch_lines(["-* rollup cluster -*", "No request has reached the cluster, and it has no jobs."])

    def test_tells_of_faults(self, run_tests: RunTests) -> None:
        """Of those that struck with the request, of those that did not below."""
        result = run_tests("""
            import pytest
            from client import stop
            from pytest_rollup_fake import faults

            def test_it(rollup_cluster):
                rollup_cluster.add_job("sensor")
                rollup_cluster.inject(faults.reset(), on="stop", effect="applied")
                rollup_cluster.inject(faults.empty_reply(), on="get", optional=True)
                rollup_cluster.inject(faults.hang(), on="start")
                with pytest.raises(ConnectionResetError):
                    stop(rollup_cluster, "sensor")
                assert False
            """)

        result.stdout.fnmatch_lines(
            [
                "* POST stop sensor * lost",
                "* struck by faults.reset(), its effect was applied",
                "* sensor is stopped: stop (request #*)",
                "never struck: inject(faults.empty_reply(), on='get')",
                "*inject(faults.hang(), on='start')*",
            ]
        )
        assert "never struck: inject(faults.hang()" not in result.stdout.str()

    def test_a_shared_cluster_tells_of_the_one_test(self, run_tests: RunTests) -> None:
        """Not of those before."""
        result = run_tests("""
            from client import stop

            def test_first(session_rollup_cluster):
                stop(session_rollup_cluster, "first")

            def test_second(session_rollup_cluster):
                stop(session_rollup_cluster, "second")
                assert False
            """)

        result.stdout.fnmatch_lines(["-* rollup cluster -*", "*POST stop second *"])
        assert "POST stop first" not in result.stdout.str()

    def test_has_colours_on_a_terminal_and_nowhere_else(self, run_tests: RunTests) -> None:
        """Not in what is written to files."""
        result = run_tests(FAILING, "--color=yes", "--junit-xml=report.xml", "-n1")

        assert "sensor is \x1b[36mstopping\x1b[0m: stop" in result.stdout.str()
        assert "sensor is stopping: stop" in Path("report.xml").read_text(encoding="utf-8")

    def test_needs_no_terminal(self, run_tests: RunTests) -> None:
        """Some runs only write files."""
        run_tests(FAILING, "-p", "no:terminal", "--junit-xml=report.xml")

        assert "sensor is stopping: stop" in Path("report.xml").read_text(encoding="utf-8")

    @pytest.mark.parametrize("options", [(), ("-n1",)], ids=" ".join)
    def test_is_in_junit_xml_once(self, run_tests: RunTests, options: tuple[str, ...]) -> None:
        """As part of what the failure says, since a viewer shows that; in the terminal it is there once too."""
        result = run_tests(FAILING, "--junit-xml=report.xml", *options)

        (failure,) = ET.parse("report.xml").getroot().iter("failure")  # noqa: S314  (pytest's own)
        assert failure.text is not None
        assert failure.text.count("- rollup cluster -") == failure.text.count("POST stop sensor") == 1
        assert result.stdout.str().count("POST stop sensor") == 1


class TestReasons:
    """What a reader would have to guess."""

    def test_a_job_that_is_gone_is_gone(self, run_tests: RunTests) -> None:
        """Though its state is `aborting`, as that of one that goes on."""
        result = run_tests("""
            def test_it(rollup_cluster):
                rollup_cluster.add_job("sensor").remove()
                assert False
            """)

        result.stdout.fnmatch_lines(["* sensor is gone: removed by the test"])

    def test_an_answer_that_is_a_no_is_told(self, run_tests: RunTests) -> None:
        """Its status is that of a yes."""
        result = run_tests("""
            import pytest
            from client import send, stop
            from pytest_rollup_fake import faults

            def test_it(rollup_cluster):
                rollup_cluster.add_job("lost", state="stopped").unassign()
                send(rollup_cluster, "DELETE", "/_rollup/job/lost?pretty")
                rollup_cluster.inject(faults.not_acknowledged(), on="stop")
                stop(rollup_cluster, "lost")
                assert False
            """)

        result.stdout.fnmatch_lines(
            [
                "* DELETE job lost *200",
                "* the answer says acknowledged: false, as no node runs the job's task",
                "* POST stop lost *200",
                "* struck by faults.not_acknowledged(), its effect was skipped",
                "* the answer says stopped: false",
            ]
        )

    def test_requests_to_several_nodes_name_them(self, run_tests: RunTests) -> None:
        """And are not taken for the same."""
        result = run_tests("""
            import pytest
            from client import send_to

            @pytest.mark.rollup_cluster(nodes=3)
            def test_it(rollup_cluster):
                for node in rollup_cluster.nodes:
                    send_to(node.host, node.port, path="/_rollup/job/_all")
                assert False
            """)

        result.stdout.fnmatch_lines([f"* GET job _all at node-{number} *200" for number in (1, 2, 3)])

    def test_skips_side_by_side_are_one(self, run_tests: RunTests) -> None:
        """The code under test slept three times, and did nothing between."""
        result = run_tests("""
            import time
            import pytest

            @pytest.mark.rollup_cluster(jobs=["sensor"], sleep="skipping")
            def test_it(rollup_cluster):
                for seconds in (2, 2, 1.4):
                    time.sleep(seconds)
                assert False
            """)

        assert result.stdout.str().count("the clock skips") == 1
        result.stdout.fnmatch_lines(["*the clock skips 5.4 s"])

    def test_a_job_whose_cron_is_none_dies_with_a_reason(self, run_tests: RunTests) -> None:
        """From 6.5 on Elasticsearch tells only its own log."""
        result = run_tests("""
            import http.client
            import json

            CONFIG = {
                "index_pattern": "sensor-*", "rollup_index": "rollup", "cron": "* * * * *", "page_size": 10,
                "groups": {"date_histogram": {"field": "at", "fixed_interval": "1h"}},
            }

            def test_it(rollup_cluster):
                connection = http.client.HTTPConnection(rollup_cluster.host, rollup_cluster.port)
                body, headers = json.dumps(CONFIG), {"Content-Type": "application/json"}
                connection.request("PUT", "/_rollup/job/sensor", body, headers)
                assert connection.getresponse().status == 200
                connection.close()
                assert "sensor" in rollup_cluster.jobs
            """)

        result.stdout.fnmatch_lines(
            ["* PUT job sensor *200", "* sensor dies at once: its cron '* * * * *' is none*"],
        )

    def test_stops_and_starts_of_the_test_are_told(self, run_tests: RunTests) -> None:
        """The fixture's own are not, nor those that make a shared cluster ready again."""
        result = run_tests("""
            import pytest

            def test_it(session_rollup_cluster):
                session_rollup_cluster.stop()
                session_rollup_cluster.start()
                session_rollup_cluster.stop()
                assert False

            @pytest.fixture
            def late():
                yield
                raise LookupError

            def test_other(late, session_rollup_cluster, rollup_cluster):
                pass
            """)

        result.assert_outcomes(failed=1, passed=1, errors=1)
        told = [line.partition("the cluster was ")[2] for line in result.outlines if "the cluster was " in line]
        assert told == ["stopped by the test", "started again by the test", "stopped by the test"]

    def test_what_keeps_a_job_from_its_end_has_a_line(self, run_tests: RunTests) -> None:
        """Without it the story of a job that does not stop would lack its reason."""
        result = run_tests("""
            import pytest

            @pytest.mark.rollup_cluster(clock="manual", jobs=["sensor"])
            def test_it(rollup_cluster):
                with rollup_cluster.jobs["sensor"].hold():
                    pass
                assert False
            """)

        result.stdout.fnmatch_lines(
            ["0.000 *2  sensor is held by the test", "0.000 *3  sensor is released by the test"]
        )


class TestOption:
    """`--rollup-report`."""

    SOURCE = """
        from client import send, stop

        def test_passes(rollup_cluster):
            stop(rollup_cluster, "sensor")

        def test_fails(rollup_cluster):
            send(rollup_cluster)
            raise LookupError
        """

    def test_is_silent_for_tests_that_pass(self, run_tests: RunTests) -> None:
        """Even where pytest shows what they printed."""
        result = run_tests(self.SOURCE, "-rP")

        assert "POST stop sensor" not in result.stdout.str()
        assert "GET /_cat/indices  " in result.stdout.str()

    @pytest.mark.parametrize("options", [(), ("-rP",), ("-n1",)], ids=" ".join)
    def test_all_tells_of_those_that_pass_too(self, run_tests: RunTests, options: tuple[str, ...]) -> None:
        """Once, whether or not pytest shows what they printed."""
        result = run_tests(self.SOURCE, "--rollup-report=all", *options)

        assert len(re.findall("POST stop sensor +404", result.stdout.str())) == 1
        assert "GET /_cat/indices  " in result.stdout.str()

    def test_none_leaves_the_findings(self, run_tests: RunTests) -> None:
        """They are what was wrong, not a story."""
        result = run_tests(self.SOURCE, "--rollup-report=none")

        assert "skipping clock at" not in result.stdout.str()
        result.stdout.fnmatch_lines(["-* rollup cluster -*", "GET /_cat/indices is an API of *"])

    def test_knows_three_values(self, run_tests: RunTests) -> None:
        """And names them."""
        result = run_tests(self.SOURCE, "--rollup-report=some")

        result.stderr.fnmatch_lines(["*--rollup-report: invalid choice: 'some' (choose from *failed*, *all*, *none*)"])
