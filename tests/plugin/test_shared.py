"""The clusters that several tests share: handed from one to the next, to each as if it were its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests


def test_they_live_as_long_as_their_scope_says(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """Their ports show which is which; outside a class, the class is the module."""
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(autouse=True)
        def show_ports(class_rollup_cluster, module_rollup_cluster, session_rollup_cluster):
            print("ports", class_rollup_cluster.port, module_rollup_cluster.port, session_rollup_cluster.port)
        """)
    pytester.makepyfile(test_a="def test_in_another_module(): pass")
    result = run_tests(
        """
        class TestFirst:
            def test_one(self): pass
            def test_two(self): pass

        class TestSecond:
            def test_three(self): pass

        def test_outside(): pass
        """,
        "-s",
    )

    result.assert_outcomes(passed=5)
    ports = [line.partition("ports ")[2].split() for line in result.outlines if "ports " in line]
    of_class, of_module, of_session = (list(map(list(column).index, column)) for column in zip(*ports, strict=True))
    assert of_class == [0, 1, 1, 3, 4]  # the first test that had the same port
    assert of_module == [0, 1, 1, 1, 1]
    assert of_session == [0, 0, 0, 0, 0]


def test_each_test_finds_it_reset_however_it_gets_it(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """And set up by its own marker: jobs, journal, time, endpoints and settings are those of no other test."""
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def app(session_rollup_cluster):
            return session_rollup_cluster

        @pytest.fixture(scope="session")
        def late_app(request):
            return request.getfixturevalue("session_rollup_cluster")

        @pytest.fixture(scope="module")
        def app_on_app(late_app):
            return late_app

        @pytest.fixture(scope="module")
        def module_rollup_cluster(module_rollup_cluster):
            return module_rollup_cluster
        """)
    result = run_tests("""
        import pytest
        from client import send

        mark = pytest.mark.rollup_cluster

        class Pair:
            def test_that_leaves_much_behind(self, cluster):
                self.check_clean(cluster)
                cluster.add_job("left")
                cluster.expect_request("/").respond_with_data(status=418)
                assert send(cluster, path="/") == 418
                cluster.clock.mode = "manual"
                cluster.clock.advance("1h")

            @mark(version="7.17", jobs=["mine"], strict=False, client_timeout="5s")
            def test_with_settings(self, cluster):
                assert list(cluster.jobs) == ["mine"]
                assert cluster.version.line == "7.17"
                assert not cluster.requests
                assert send(cluster) == 501

            def test_afterwards(self, cluster):
                self.check_clean(cluster)
                assert send(cluster, path="/") == 200
                assert len(cluster.requests) == 1

            def check_clean(self, cluster):
                assert not cluster.jobs and not cluster.requests
                assert cluster.version is None
                assert cluster.clock.mode == "skipping"
                assert cluster.clock.now() < 60

        class TestByName(Pair):
            @pytest.fixture
            def cluster(self, session_rollup_cluster):
                return session_rollup_cluster

        class TestByAnApplication(Pair):
            @pytest.fixture
            def cluster(self, app):
                return app

        class TestByAnApplicationThatAsksLate(Pair):
            @pytest.fixture
            def cluster(self, late_app):
                return late_app

        class TestByAnApplicationOnAnother(Pair):
            @pytest.fixture
            def cluster(self, app_on_app):
                return app_on_app

        class TestByAnOverridingFixture(Pair):
            @pytest.fixture
            def cluster(self, module_rollup_cluster):
                return module_rollup_cluster

        class TestByRequest(Pair):
            @pytest.fixture
            def cluster(self, request):
                return request.getfixturevalue("class_rollup_cluster")

        class TestByAutouse(Pair):
            @pytest.fixture(autouse=True)
            def uses_it(self, class_rollup_cluster):
                TestByAutouse.kept = class_rollup_cluster

            @pytest.fixture
            def cluster(self):
                return self.kept
        """)

    result.assert_outcomes(passed=21)


def test_the_test_itself_may_ask_for_it(run_tests: RunTests) -> None:
    """Whether it runs already or not, and whether anybody named it before."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.mark.rollup_cluster(version="9.0")
        def test_first(request):
            cluster = request.getfixturevalue("session_rollup_cluster")
            assert cluster.version.line == "9.0"
            cluster.add_job("left")
            send(cluster)

        @pytest.mark.rollup_cluster(version="8.19")
        def test_second(request):
            cluster = request.getfixturevalue("session_rollup_cluster")
            assert cluster.version.line == "8.19"
            assert not cluster.jobs
            send(cluster)

        def test_third(session_rollup_cluster):
            assert not session_rollup_cluster.jobs
        """)

    result.assert_outcomes(passed=1, failed=2)


def test_a_test_that_does_not_ask_leaves_it_alone(run_tests: RunTests) -> None:
    """Though it could, by a fixture that uses `request` for something else: jobs stay, and what is found is not its."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.fixture(params=["one"])
        def parameter(request):
            return request.param

        class TestScenario:
            def test_1_adds(self, class_rollup_cluster):
                TestScenario.kept = class_rollup_cluster
                class_rollup_cluster.add_job("sensor")

            def test_2_has_other_fixtures(self, tmp_path, capsys, caplog, monkeypatch, parameter, request):
                send(self.kept)

            @pytest.mark.rollup_cluster(reset=False, unfaked=True)
            def test_3_goes_on(self, class_rollup_cluster):
                assert list(class_rollup_cluster.jobs) == ["sensor"]
        """)

    assert result.parseoutcomes()["passed"] == 2
    result.stdout.fnmatch_lines(["FAILED *test_3_goes_on*"])


def test_a_test_that_asks_late_finds_it_reset_from_there_on(run_tests: RunTests) -> None:
    """Whoever asks for it, by whichever way, gets it as if by name: set up, with its sleeps skipped, and told of."""
    result = run_tests("""
        import time

        import pytest
        from client import send

        @pytest.fixture(scope="session")
        def late_app(request):
            return request.getfixturevalue("session_rollup_cluster")

        def test_leaves_a_job(late_app):
            late_app.add_job("left")

        def test_asks_for_who_has_asked(request):
            cluster = request.getfixturevalue("late_app")
            assert not cluster.jobs
            cluster.add_job("left")

        @pytest.mark.rollup_cluster(sleep="skipping")
        def test_skips_its_sleeps(request):
            cluster = request.getfixturevalue("session_rollup_cluster")
            assert request.getfixturevalue("late_app") is cluster
            assert not cluster.jobs
            cluster.add_job("kept")
            assert request.getfixturevalue("session_rollup_cluster").jobs
            began = cluster.clock.now()
            time.sleep(20)
            assert cluster.clock.now() - began >= 20

        @pytest.mark.rollup_cluster(nodes=2)
        def test_wants_what_cannot_be(request):
            request.getfixturevalue("session_rollup_cluster")

        def test_fails(request):
            assert request.getfixturevalue("session_rollup_cluster").jobs == "none"

        def test_is_not_told_of_it(rollup_cluster, request):
            raise LookupError
        """)

    result.assert_outcomes(passed=3, failed=3)
    result.stdout.fnmatch_lines(
        ["E *ValueError: session_rollup_cluster runs with nodes=1, but this test wants nodes=2*"]
    )
    assert result.stdout.str().count("- rollup cluster -") == 2


def test_a_doctest_may_ask_for_it(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """By `getfixture`; one that does not leaves it alone."""
    pytester.makepyfile(
        documented='''
        def first():
            """
            >>> getfixture("session_rollup_cluster").add_job("left").id
            'left'
            """

        def second():
            """
            >>> 1 + 1
            2
            """

        def third():
            """
            >>> sorted(getfixture("session_rollup_cluster").jobs)
            []
            """
        '''
    )
    result = run_tests("", "--doctest-modules", "documented.py")

    result.assert_outcomes(passed=3)


def test_idle_connections_stay(run_tests: RunTests) -> None:
    """A client that pools its connections can go on with the next test."""
    result = run_tests("""
        import http.client

        import pytest

        @pytest.fixture(scope="session")
        def connection(session_rollup_cluster):
            connection = http.client.HTTPConnection(session_rollup_cluster.host, session_rollup_cluster.port)
            connection.connect()
            socket = connection.sock
            yield connection
            assert connection.sock is socket
            connection.close()

        @pytest.mark.parametrize("number", range(3))
        def test_it(connection, number, session_rollup_cluster):
            connection.request("GET", "/")
            assert connection.getresponse().read()
            assert len(session_rollup_cluster.requests) == 1
        """)

    result.assert_outcomes(passed=3)


def test_reset_false_keeps_jobs_journal_and_time(run_tests: RunTests) -> None:
    """Its other settings hold all the same; tests between that have no cluster, or are skipped, take nothing away."""
    result = run_tests("""
        import pytest
        from client import send

        mark = pytest.mark.rollup_cluster

        @mark(version="7.17", jobs=["sensor"], clock="manual", unfaked=True)
        def test_first(session_rollup_cluster):
            send(session_rollup_cluster)
            session_rollup_cluster.clock.advance("1h")

        def test_pure():
            pass

        @pytest.mark.skip
        def test_skipped(session_rollup_cluster):
            pass

        @pytest.mark.xfail(run=False)
        def test_not_run(session_rollup_cluster):
            pass

        @mark(reset=False, jobs=["other"], version="9", clock="manual")
        def test_second(session_rollup_cluster):
            assert list(session_rollup_cluster.jobs) == ["sensor"]
            assert len(session_rollup_cluster.requests) == 1
            assert session_rollup_cluster.clock.now() == 3600
            assert session_rollup_cluster.version == "9.5.4"
            session_rollup_cluster.stop()

        @mark(reset=False)
        def test_third(session_rollup_cluster):
            assert list(session_rollup_cluster.jobs) == ["sensor"]
            assert session_rollup_cluster.version is None
            with pytest.raises(OSError):
                send(session_rollup_cluster)

        def test_last(session_rollup_cluster):
            assert not session_rollup_cluster.jobs
            assert send(session_rollup_cluster, path="/") == 200
        """)

    result.assert_outcomes(passed=5, skipped=1, xfailed=1)


def test_a_class_can_say_it_for_a_scenario(run_tests: RunTests) -> None:
    """The first test starts the cluster with the class's settings."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_cluster(version="7.17", jobs=["sensor"], reset=False)
        class TestScenario:
            def test_first(self, class_rollup_cluster):
                assert class_rollup_cluster.version.line == "7.17"
                class_rollup_cluster.jobs["sensor"].set_state("stopped")

            def test_second(self, class_rollup_cluster):
                assert class_rollup_cluster.version.line == "7.17"
                assert class_rollup_cluster.jobs["sensor"].state == "stopped"
                class_rollup_cluster.remove_job("sensor")

            def test_third(self, class_rollup_cluster):
                assert not class_rollup_cluster.jobs
        """)

    result.assert_outcomes(passed=3)


def test_what_a_failed_test_has_left_is_not_found_again(run_tests: RunTests) -> None:
    """Neither by a test that keeps the state nor at the end of the cluster."""
    result = run_tests("""
        import pytest
        from client import send

        def test_fails(session_rollup_cluster):
            send(session_rollup_cluster)
            raise LookupError

        @pytest.mark.rollup_cluster(reset=False)
        def test_goes_on(session_rollup_cluster):
            assert len(session_rollup_cluster.requests) == 1

        def test_fails_again(session_rollup_cluster):
            send(session_rollup_cluster)
            raise LookupError

        def test_pure():
            pass
        """)

    result.assert_outcomes(passed=2, failed=2)
    assert result.stdout.str().count("unfaked=") == 2  # each failure tells of its own


def test_a_cluster_that_a_test_has_stopped_is_up_for_the_next(run_tests: RunTests) -> None:
    """At the same URL."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.mark.parametrize("number", range(2))
        def test_stops_it(session_rollup_cluster, number):
            assert send(session_rollup_cluster, path="/") == 200
            session_rollup_cluster.stop()

        def test_leaves_it(session_rollup_cluster):
            with session_rollup_cluster:
                pass

        def test_uses_it(session_rollup_cluster):
            assert send(session_rollup_cluster, path="/") == 200
        """)

    result.assert_outcomes(passed=4)


def test_tls_is_that_of_all_tests_that_share_it(run_tests: RunTests) -> None:
    """A running cluster keeps its URL, scheme included; a reset leaves the certificate where it is."""
    result = run_tests("""
        import pytest
        from pathlib import Path

        @pytest.mark.rollup_cluster(tls=True)
        class TestWithTls:
            def test_one(self, class_rollup_cluster, session_rollup_cluster):
                assert class_rollup_cluster.url.startswith("https:")
                assert session_rollup_cluster.url.startswith("https:")
                type(self).path = session_rollup_cluster.ca_path

            def test_two(self, class_rollup_cluster, session_rollup_cluster):
                assert session_rollup_cluster.ca_path == self.path
                assert "BEGIN CERTIFICATE" in Path(self.path).read_text()
                session_rollup_cluster.stop()
                assert not Path(self.path).exists()

            def test_three(self, session_rollup_cluster):
                assert Path(self.path).exists()

        def test_without(session_rollup_cluster):
            pass

        def test_elsewhere(rollup_cluster):
            assert rollup_cluster.url.startswith("http:")
        """)

    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(
        ["E *ValueError: session_rollup_cluster runs with tls=True, but this test wants tls=False: let all tests *"]
    )


def test_the_number_of_nodes_is_that_of_all_tests_that_share_it(run_tests: RunTests) -> None:
    """A running cluster keeps its nodes; whoever wants others is told, in whatever order the tests come."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_cluster(nodes=3)
        class TestOnThree:
            def test_one(self, class_rollup_cluster, session_rollup_cluster):
                assert len(class_rollup_cluster.nodes) == len(session_rollup_cluster.nodes) == 3

            def test_two(self, class_rollup_cluster, session_rollup_cluster):
                assert len(class_rollup_cluster.nodes) == len(session_rollup_cluster.nodes) == 3

            @pytest.mark.rollup_cluster(nodes=1)
            def test_of_its_own(self, make_rollup_cluster):
                assert len(make_rollup_cluster().nodes) == 1

        def test_on_one(session_rollup_cluster):
            pass

        def test_elsewhere(tmp_path, rollup_cluster):
            assert len(rollup_cluster.nodes) == 1
        """)

    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(
        ["E *ValueError: session_rollup_cluster runs with nodes=3, but this test wants nodes=1: let all tests that *"]
    )


def test_a_test_may_use_several_and_one_of_its_own(run_tests: RunTests) -> None:
    """The marker is for all of them, and all are checked."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.mark.rollup_cluster(version="7.17", jobs=["sensor"])
        @pytest.mark.parametrize("number", range(2))
        def test_it(session_rollup_cluster, class_rollup_cluster, rollup_cluster, make_rollup_cluster, number):
            clusters = {
                "health": session_rollup_cluster,
                "indices": class_rollup_cluster,
                "master": rollup_cluster,
                "nodes": make_rollup_cluster(),
            }
            assert len({cluster.port for cluster in clusters.values()}) == 4
            for name, cluster in clusters.items():
                assert cluster.version.line == "7.17"
                assert list(cluster.jobs) == ["sensor"]
                cluster.remove_job("sensor")
                send(cluster, path=f"/_cat/{name}")
        """)

    result.assert_outcomes(failed=2)
    reported = [line.split()[1] for line in result.outlines if line.startswith("GET ")]
    assert sorted(reported) == sorted(2 * ["/_cat/health", "/_cat/indices", "/_cat/master", "/_cat/nodes"])


@pytest.mark.parametrize("last", ["", "@pytest.mark.skip"], ids=["runs", "is skipped"])
def test_what_an_application_does_at_its_end_is_found(run_tests: RunTests, last: str) -> None:
    """Also when the test that happens to be the last one has nothing to do with it."""
    result = run_tests(f"""
        import pytest
        from client import send

        @pytest.fixture(scope="session")
        def app(session_rollup_cluster):
            yield
            send(session_rollup_cluster)

        def test_first(app):
            pass

        {last}
        def test_last():
            pass
        """)

    assert result.parseoutcomes()["errors"] == 1
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_last*", "GET /_cat/indices is an API of Elasticsearch *"])
    assert result.stdout.str().count("with unfaked=") == 1


def test_an_interrupted_run_ends_in_peace(run_tests: RunTests) -> None:
    """What is found then belongs to no test that could fail for it."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.fixture(scope="session")
        def app(session_rollup_cluster):
            yield
            send(session_rollup_cluster)

        def test_first(app):
            pass

        def test_interrupted():
            pytest.exit("for a reason")
        """)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(passed=1)
    assert not result.stderr.str()


def test_settings_that_are_none_fail_only_the_test_that_has_them(run_tests: RunTests) -> None:
    """For pytest would remember the failure of a fixture for all tests of its scope."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_cluster(version="7.99")
        def test_first(session_rollup_cluster):
            pass

        def test_second(session_rollup_cluster):
            pass
        """)

    result.assert_outcomes(errors=1, passed=1)


def test_tests_of_unittest_can_use_them(run_tests: RunTests) -> None:
    """By a fixture of theirs; what is found is no matter where the test has failed itself."""
    result = run_tests("""
        import unittest

        import pytest
        from client import send

        class TestCase(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def get_cluster(self, class_rollup_cluster):
                self.cluster = class_rollup_cluster

            def test_1_dirties(self):
                self.cluster.add_job("left")

            @pytest.mark.rollup_cluster(version="7.17")
            def test_2_is_clean(self):
                assert not self.cluster.jobs
                assert self.cluster.version.line == "7.17"

            def test_3_is_checked(self):
                send(self.cluster)

            def test_4_fails_itself(self):
                send(self.cluster)
                self.fail("its own failure")

            def test_5_is_skipped(self):
                send(self.cluster)
                self.skipTest("for a reason")
        """)

    result.assert_outcomes(passed=2, failed=2, skipped=1)
    assert result.stdout.str().count("with unfaked=") == 1
    result.stdout.fnmatch_lines(["*AssertionError: its own failure"])
