"""Faults as the users of each client see them: with which exception, and after how many requests."""

from __future__ import annotations

import builtins
import http.client
import inspect
import re
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pytest_rollup_fake import NEVER, RollupCluster, faults, scenarios
from tests.clients.exceptions import CATCH_ALL, DIFFERENT_OVER_TLS, PAGE, PLAIN, ROWS, Row, render
from tests.clients.speakers import SPEAKERS, HttpClient, Official, Speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake.faults import Effect

# A warning header that is cut off in its middle is a warning too.
pytestmark = pytest.mark.filterwarnings("ignore::elasticsearch9.ElasticsearchWarning")
PATIENCE = 0.1  # real seconds, of a client that is kept waiting
CLIENTS = [(column, speaker) for column, speakers in SPEAKERS.items() for speaker in speakers]
STRUCK_OFTEN = [row for row in PLAIN if row.on == "stop" and row.times == "always"]
TIMED_OUT = 30.0  # seconds of fake time that a stop waits if it names no timeout
STATUS = re.compile(r" \d+$")


def named(clients: list[tuple[str, type[Speaker]]]) -> pytest.MarkDecorator:
    """Run a test for each of these clients."""
    ids = [f"{column}{' async' * client.is_async}" for column, client in clients]
    return pytest.mark.parametrize(("column", "client"), clients, ids=ids)


each_client = named(CLIENTS)
each_official_client = named([(column, client) for column, client in CLIENTS if issubclass(client, Official)])


def label_of(row: Row) -> str:
    """Return the name of a row."""
    return row.label


def effects_of(row: Row) -> tuple[Effect | None, ...]:
    """Return the effects that make a difference for a fault."""
    return (None,) if row.on != "stop" or row.fault.needs_answer else ("skipped", "applied")


def strike(row: Row, cluster: RollupCluster, speaker: Speaker, effect: Effect | None, times: Any) -> tuple[str, int]:
    """Let a fault strike; return what the user sees, and how many requests for that have reached the cluster.

    A client that is to hang, or whose connection is to be idle, has made its connection before.
    """
    is_kept_waiting = row.fault == faults.hang()
    if row.on == "idle" or (is_kept_waiting and row.on != "connect"):
        speaker.ask("GET")
    before = len(cluster.requests)
    cluster.inject(row.fault, on=row.on, effect=effect, times=times)
    seen = [speaker.see(row.method, PATIENCE if is_kept_waiting else None) for _ in range(row.calls)]
    return ", then ".join(seen), len(cluster.requests[before:].to("stop", "get"))


class TestTable:
    """Every cell of the table in the documentation."""

    @each_client
    @pytest.mark.parametrize("row", ROWS, ids=label_of)
    def test_the_user_sees(self, row: Row, column: str, client: type[Speaker]) -> None:
        """This exception, or this answer, after so many requests, whether or not the effect was applied."""
        sight = row.sight(column, is_async=client.is_async)
        for effect in effects_of(row):
            with RollupCluster(jobs=["sensor"], tls=row.tls) as cluster, client(cluster) as speaker:
                seen, requests = strike(row, cluster, speaker, effect, row.times)
                assert seen in sight.texts
                assert requests == sight.requests
                assert speaker.kind == row.kind
                if effect is not None and not row.fault.needs_answer:
                    assert cluster.jobs["sensor"].state == ("stopped" if effect == "applied" else "started")

    def test_has_every_fault(self) -> None:
        """A new one is looked up too."""
        made = {name for name, value in vars(faults).items() if inspect.isfunction(value) and not name.startswith("_")}
        assert {row.fault.name for row in PLAIN} == made - {"dataclass", "fields"}

    def test_over_tls_has_rows_that_are_different(self) -> None:
        """Each from one over plain HTTP."""
        plain = {row.label: row.cells for row in PLAIN}
        assert all(row.cells != plain[row.label] for row in DIFFERENT_OVER_TLS)

    def test_is_in_the_documentation(self) -> None:
        """As it is here; `python -m tests.clients.exceptions` writes the page anew."""
        assert PAGE.read_text(encoding="utf-8") == render()

    @pytest.mark.parametrize("column", SPEAKERS)
    def test_one_clause_catches_all(self, column: str) -> None:
        """That which the documentation names, for what is no answer."""
        clause = tuple(class_of(name, column) for name in CATCH_ALL[column])
        seen = {
            STATUS.sub("", text)
            for row in ROWS
            for is_async in (False, True)
            for cell in row.sight(column, is_async=is_async).texts
            for text in cell.split(", then ")
            if not text[0].isdigit()
        }
        assert len(seen) >= 4
        assert all(issubclass(class_of(name, column), clause) for name in seen)


def class_of(name: str, column: str) -> type:
    """Return the class that a name in the table stands for."""
    module, _, attribute = name.rpartition(".")
    package = SPEAKERS[column][0].package
    modules = {"": builtins, "ssl": ssl, "http.client": http.client, "requests.exceptions": requests.exceptions}
    found: type = getattr(modules.get(module, package), attribute)
    return found


@pytest.mark.parametrize("column", ["7.x", "8.x", "9.x"])
def test_a_timeout_is_a_connection_error_in_7_only(column: str) -> None:
    """Whoever catches the one and upgrades misses the other."""
    timeout, error = (class_of(f"elasticsearch.{name}", column) for name in ("ConnectionTimeout", "ConnectionError"))
    assert issubclass(timeout, error) == (column == "7.x")


class TestRetries:
    """What official clients do by themselves when they are struck once."""

    @each_official_client
    @pytest.mark.parametrize("row", STRUCK_OFTEN, ids=label_of)
    def test_those_that_send_again_succeed(self, row: Row, column: str, client: type[Speaker]) -> None:
        """With the second request; the others see what they see always."""
        sight = row.sight(column, is_async=client.is_async)
        with RollupCluster(jobs=["sensor"]) as cluster, client(cluster) as speaker:
            seen, requests = strike(row, cluster, speaker, None, 1)
        assert (seen, requests) == (("200", 2) if sight.requests == 4 else (sight.texts[0], 1))

    @each_official_client
    @pytest.mark.parametrize("fault", [faults.reset(), faults.empty_reply(), faults.garbage()], ids=repr)
    def test_a_lost_answer_is_asked_for_again(self, fault: faults.Fault, column: str, client: type[Speaker]) -> None:
        """The retry finds the job stopped, which is an answer too; the user never knows."""
        with RollupCluster(jobs=["sensor"]) as cluster, client(cluster) as speaker:
            cluster.inject(fault, on="stop", job="sensor", effect="applied")
            assert speaker.see() == "200", column
            first, second = stops = cluster.requests.to("stop")
        assert [stop.outcome for stop in stops] == ["lost", "answered"]
        assert (first.state_before, second.state_before) == ("started", "stopped")
        assert first.connection != second.connection

    @named([(column, client) for column, client in CLIENTS if not issubclass(client, Official)])
    def test_others_leave_that_to_their_user(self, column: str, client: type[Speaker]) -> None:
        """The job is stopped, the user sees an error, and a second call finds it stopped."""
        with RollupCluster(jobs=["sensor"]) as cluster, client(cluster) as speaker:
            cluster.inject(faults.reset(), on="stop", effect="applied")
            assert speaker.see() != "200", column
            assert cluster.jobs["sensor"].state == "stopped"
            assert speaker.see() == "200"
            assert [stop.outcome for stop in cluster.requests.to("stop")] == ["lost", "answered"]

    @each_official_client
    def test_a_get_is_sent_again_too(self, column: str, client: type[Speaker]) -> None:
        """Those of asyncio twice as often as their user would count, since aiohttp has done it before them."""
        with RollupCluster(jobs=["sensor"]) as cluster, client(cluster) as speaker:
            cluster.inject(faults.reset(), on="get", times=7 if client.is_async else 3)
            assert speaker.see("GET") == "200", column
            assert len(cluster.requests.to("get")) == (8 if client.is_async else 4)


@pytest.fixture
def never(column: str) -> Iterator[RollupCluster]:
    """Give a cluster of a client's own line, with a job that never stops."""
    line = {"7.x": "7.17", "8.x": "8.19", "9.x": "9"}[column]
    with RollupCluster(line) as cluster:
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        yield cluster


class TestTimeoutThatIsRetried:
    """A wait that timed out is a 429 from 9.x on, and official clients of 8.x and 9.x retry that."""

    @each_official_client
    def test_one_call_waits_four_times(self, never: RollupCluster, column: str, client: type[Speaker]) -> None:
        """Only in 9.x: before it is a 500, which is final."""
        with client(never) as speaker:
            seen = speaker.see(wait="10s")
            stops = never.requests.to("stop")
        is_retried = column == "9.x"
        assert seen == {"7.x": "elasticsearch.TransportError 500"}.get(
            column, f"elasticsearch.ApiError {429 if is_retried else 500}"
        )
        assert [stop.waited for stop in stops] == [10.0] * (4 if is_retried else 1)
        assert never.clock.skipped == pytest.approx(40 if is_retried else 10, abs=1)

    @each_official_client
    def test_the_scenario_shows_it_to_older_clients(self, column: str, client: type[Speaker]) -> None:
        """One for 8.x retries and succeeds, one for 7.x raises."""
        with RollupCluster() as cluster, client(cluster) as speaker:
            job = scenarios.timeout_is_retried(cluster)
            seen = speaker.see(wait="30s")
            waits = [stop.waited for stop in cluster.requests.to("stop")]
            if column == "7.x":
                assert (seen, waits) == ("elasticsearch.TransportError 429", [TIMED_OUT])
            else:
                assert seen == "200"
                assert waits == [TIMED_OUT, pytest.approx(15, abs=1)]
                assert job.state == "stopped"


class TestTimeoutOfTheClient:
    """A client that loses its patience before the cluster does."""

    @each_client
    def test_the_stop_goes_on(self, column: str, client: type[Speaker]) -> None:
        """The client has raised, and the next stop, over another connection, finds the job stopped."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            with client(cluster) as speaker:
                speaker.ask("GET")
                cluster.inject(faults.hang(), on="stop", effect="applied")
                assert "Time" in speaker.see(timeout=PATIENCE), column
                assert cluster.jobs["sensor"].state == "stopped"
                assert speaker.see() == ("http.client.CannotSendRequest" if client is HttpClient else "200")
            with client(cluster) as speaker:
                assert speaker.see() == "200"
            outcomes = [stop.outcome for stop in cluster.requests.to("stop")]
            assert (outcomes[0], {*outcomes[1:]}) == ("lost", {"answered"})
