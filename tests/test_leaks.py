"""The check of `conftest.py` for what a test leaves behind, run on tests that do and tests that do not."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    RunChecked = Callable[[str], pytest.RunResult]

CONFTEST = Path(__file__).with_name("conftest.py")


class Leaked:
    """A plugin that gives an inner test a place for what shall outlive it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    @pytest.fixture
    def leaked(self) -> ExitStack:
        """Keep what the inner test leaks, until the outer test puts it away."""
        return self._stack


@pytest.fixture
def run_checked(pytester: pytest.Pytester) -> Iterator[RunChecked]:
    """Run an inner test under the check, and put away afterwards what it leaked."""
    with ExitStack() as stack:

        def run(test: str) -> pytest.RunResult:
            pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
            pytester.makepyfile(test)
            return pytester.runpytest_inprocess(plugins=[Leaked(stack)])

        yield run


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open sockets are read from /proc")
def test_a_test_that_leaves_a_socket_open_is_failed(run_checked: RunChecked) -> None:
    """The error says which socket it is."""
    result = run_checked("""
        import socket

        def test_leaves_a_listener(leaked):
            listener = leaked.enter_context(socket.create_server(("127.0.0.1", 0)))
            print("port", listener.getsockname()[1])
        """)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["The test left behind: <socket.socket *laddr=('127.0.0.1', *)>"])


def test_a_test_that_leaves_a_thread_running_is_failed(run_checked: RunChecked) -> None:
    """A daemon thread counts; the error gives its name."""
    result = run_checked("""
        import threading

        def test_leaves_a_thread(leaked):
            end = threading.Event()
            thread = threading.Thread(target=end.wait, name="forgotten", daemon=True)
            leaked.callback(thread.join)
            leaked.callback(end.set)
            thread.start()
        """)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["The test left behind: <Thread(forgotten, started daemon *)>"])


def test_a_test_that_leaves_a_temporary_file_is_failed(run_checked: RunChecked) -> None:
    """The error gives its path."""
    result = run_checked("""
        import tempfile
        from pathlib import Path

        def test_leaves_a_file(leaked):
            with tempfile.NamedTemporaryFile(delete=False, suffix=".forgotten") as file:
                leaked.callback(Path(file.name).unlink)
        """)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["The test left behind: *.forgotten"])


def test_a_test_that_puts_everything_away_passes(run_checked: RunChecked) -> None:
    """It may open what it likes."""
    result = run_checked("""
        import socket
        import tempfile
        import threading

        def test_puts_away():
            thread = threading.Thread(target=int)
            thread.start()
            with socket.socket(), tempfile.NamedTemporaryFile():
                thread.join()
        """)

    result.assert_outcomes(passed=1)


def test_what_is_ending_when_the_test_ends_is_waited_for(run_checked: RunChecked) -> None:
    """A thread that the test set free, but did not join, is no leak."""
    result = run_checked("""
        import threading

        def test_does_not_join(leaked):
            timer = threading.Timer(0.1, int)
            leaked.callback(timer.cancel)
            timer.start()
        """)

    result.assert_outcomes(passed=1)


def test_what_a_fixture_of_wider_scope_keeps_is_no_leak(run_checked: RunChecked) -> None:
    """A cluster that serves a whole module outlives its first test."""
    result = run_checked("""
        import socket

        import pytest

        @pytest.fixture(scope="module")
        def shared():
            with socket.socket() as opened:
                yield opened

        def test_uses_it_first(shared):
            pass

        def test_uses_it_again(shared):
            pass
        """)

    result.assert_outcomes(passed=2)
