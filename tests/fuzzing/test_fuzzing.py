"""Whatever a client sends, and however it goes: the server stays up and tidy. `run.py` does this for longer."""

from __future__ import annotations

import gc
import os
import socket
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import h11
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzzing.conversations import Conversation, conversations
from tests.fuzzing.handshakes import openings
from tests.fuzzing.target import Target, read_answers
from tests.wire.speaking import keep_waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTORS = Path("/proc/self/fd")
COVERAGE = "*/coverage/*"


@pytest.fixture(params=["skipping", "manual"])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Return something to shoot at."""
    with Target(request.param) as target:
        yield target


def count_descriptors() -> int:
    """Count the descriptors of this process; 0 where there is no /proc."""
    return len(os.listdir(DESCRIPTORS)) if DESCRIPTORS.exists() else 0  # noqa: PTH208  (names are all that is asked for)


@given(conversation=conversations())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def shoot(target: Target, conversation: Conversation) -> None:
    """Have conversations of all kinds."""
    target.take(conversation)


@given(conversation=conversations() | openings())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def shoot_at_tls(target: Target, conversation: Conversation) -> None:
    """Have conversations of all kinds inside TLS, and some that do not come so far."""
    target.take(conversation)


@pytest.mark.parametrize("clock", ["skipping", "manual"])
def test_with_tls_too(clock: str, capfd: pytest.CaptureFixture[str]) -> None:
    """And who does not complete a handshake is told nothing outside TLS, and has asked for nothing."""
    with Target(clock, tls=True) as target:
        descriptors = count_descriptors()

        shoot_at_tls(target)

        assert target.is_quiet()
        assert count_descriptors() <= descriptors
    assert capfd.readouterr() == ("", "")


def test_every_answer_is_http_and_the_next_client_is_served(target: Target, capfd: pytest.CaptureFixture[str]) -> None:
    """Afterwards no thread serves anybody, no descriptor is left, and nothing was printed."""
    descriptors = count_descriptors()

    shoot(target)

    assert target.is_quiet()
    assert count_descriptors() <= descriptors
    assert capfd.readouterr() == ("", "")


def traced_memory() -> int:
    """Return the bytes that are in use, without what a coverage tool keeps for each thread there ever was."""
    snapshot = tracemalloc.take_snapshot().filter_traces(
        [tracemalloc.Filter(inclusive=False, filename_pattern=COVERAGE)]
    )
    return sum(statistic.size for statistic in snapshot.statistics("filename"))


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@given(data=st.data())
@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
def test_memory_is_flat(tls: bool, data: st.DataObject) -> None:  # noqa: FBT001  (parametrized)
    """What was said once leaves nothing when it is said again: caches are full by then, and a reset has forgotten it.

    64 KB are less than a single one of the larger bodies, and more than counters and a thread's leavings take. There
    is more than one example, since the first is always the simplest, in which nobody says anything.
    """
    shot = conversations() | openings() if tls else conversations()
    shots = data.draw(st.lists(shot, min_size=30, max_size=30))
    with Target("skipping", tls=tls) as target:
        left = []
        for _ in range(3):
            for each in shots:
                target.take(each)
            target.cluster.reset()
            assert target.is_quiet()
            gc.collect()
            if not tracemalloc.is_tracing():
                tracemalloc.start()
            left.append(traced_memory())
        tracemalloc.stop()
        assert left[-1] - left[-2] < 64 * 1024


def test_a_client_that_is_not_served_yet_keeps_it_from_being_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its requests would come into the journal of the next conversation."""
    may_serve = keep_waiting(monkeypatch)
    with Target("skipping") as target:
        socket.create_connection((target.cluster.host, target.cluster.port)).close()
        with monkeypatch.context() as impatient:
            impatient.setattr("tests.fuzzing.target._PATIENCE", 0.01)
            assert not target.is_quiet()
        may_serve.set()
        assert target.is_quiet()


class TestReadAnswers:
    """The check itself: it takes what is HTTP, and nothing else."""

    OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"

    def test_answers_one_after_the_other(self) -> None:
        """An answer to HEAD has a length, but no body."""
        assert read_answers(self.OK + b"{}" + self.OK + self.OK + b"{}", ["GET", "HEAD"]) == [200, 200, 200]

    @pytest.mark.parametrize("data", [OK, OK + b"{", OK + b"{}\r\n", b"HTTP/1.1 200", b"<html>"])
    def test_anything_else(self, data: bytes) -> None:
        """A body that is cut off, what follows one, and what is no answer at all."""
        with pytest.raises((AssertionError, h11.RemoteProtocolError)):
            read_answers(data, ["GET"])
