"""What makes a cluster's time pass, and the lock under which everything happens.

A driver drives the model's timeline (`model.timeline`): whoever reads or changes anything first lets the events up to
now happen, under the lock. The rules of this file:

* One lock guards the model. Nothing sleeps, does I/O or calls the user's code while holding it.
* A call of the user's that falls due is made by the thread that found it, without the lock, while time stands at its
  instant: meanwhile requests are handled at that instant, and other threads that want to move time wait.
* A request that has to wait becomes a `Ticket`. How its thread waits is the mode's business: *skipping* never blocks,
  *running* sleeps until the next event, *manual* parks until the test acts.
* Answers that one act of the test has decided are handed out one after the other, in the order of their instants.
"""

from __future__ import annotations

import contextlib
import os
import sysconfig
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from .model.durations import SECOND, format_duration
from .model.stages import Consultation
from .model.timeline import Call, ClockMode, Timeline
from .real import Real

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model.journal import RecordedRequest
    from .model.world import World
    from .sleeping import Block
    from .ticket import Ticket

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

DEFAULT_PARKED_TIMEOUT: Final = 4.0
_NOT_THE_USERS: Final = tuple(
    f"{folder}{os.sep}"
    for folder in (Path(__file__).parent, sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"))
)
_RECEIVING_BOUND: Final = 0.25
_RESTING_BOUND: Final = 5.0
_BUSY_POLL: Final = 0.0002


class Wire(Protocol):
    """What a driver asks of a server."""

    def is_busy(self) -> bool:
        """Say whether a request is under way: bytes unread, or read and not yet answered or parked."""

    def find_departed(self) -> None:
        """Tell the cluster which waiting clients have gone."""


class _Change(threading.Condition):
    """A condition that is quick to notify while nobody waits for it, as at most requests."""

    def __init__(self, lock: threading.RLock) -> None:
        super().__init__(lock)
        self._waiting = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until notified; False after `timeout` real seconds."""
        self._waiting += 1
        try:
            return super().wait(timeout)
        finally:
            self._waiting -= 1

    def notify_all(self) -> None:
        """Wake all who wait, under the lock."""
        if self._waiting:
            super().notify_all()


class Driver:
    """What makes a cluster's time pass, with the lock under which everything happens; behind `Clock`."""

    def __init__(self, mode: ClockMode) -> None:
        self.lock = threading.RLock()
        self.changed = _Change(self.lock)
        self.timeline = Timeline(mode, Real.monotonic_ns)
        self._parked_timeout = DEFAULT_PARKED_TIMEOUT
        self._owner: World | None = None
        self._wires: list[Wire] = []
        self._tickets: list[Ticket] = []
        self._decided: list[Ticket] = []
        self._released: list[Ticket] | None = None  # what the advance that is under way has decided
        self._mover: int | None = None
        self._calls: dict[int, Call] = {}  # of the user's, that are being made, by thread
        self._starts = 0
        self._call_errors: list[str] = []
        self.block: Block | None = None  # of skipping_sleep, while it lasts
        self.received = 0  # requests
        self.responding = 0  # endpoints of the user's that are at work

    def advance(self, nanoseconds: int, what: str) -> list[RecordedRequest]:
        """Let time pass, as `Clock.advance` does; `what` names the act for an error."""
        self._refuse_inside_a_call(what)
        self.receive_what_is_under_way()
        released: list[Ticket] = []
        with self.acting(released):
            self._wait_until_time_may_move()
            self._released = released
            self._run(self.timeline.skip(nanoseconds))
        return [ticket.request for ticket in released if ticket.answers]

    def set_mode(self, mode: ClockMode) -> None:
        """Let time pass by another mode; requests that wait go on by it."""
        self._refuse_inside_a_call("a new mode")
        with self.acting():
            self.timeline.mode = mode
            waiting = list(self._tickets)
            for ticket in waiting:
                ticket.request.parked = mode is ClockMode.MANUAL and ticket.answers
            if mode is ClockMode.SKIPPING:
                for ticket in waiting:
                    self._skip_until_over(ticket)
        for ticket in waiting:
            ticket.wake()

    @property
    def parked_timeout(self) -> float:
        """Real seconds after which a parked request is given up; 0 = never. A new bound is for those parked too."""
        return self._parked_timeout

    @parked_timeout.setter
    def parked_timeout(self, seconds: float) -> None:
        with self.lock:
            self._parked_timeout = seconds
            for ticket in self._tickets:
                ticket.wake()

    # --- for skipping_sleep -----------------------------------------------------------------------------------

    def pass_by(self, nanoseconds: int) -> None:
        """Let time pass because the code under test sleeps."""
        self.advance(nanoseconds, "a sleep of the code under test")

    def age(self) -> int:
        """Return how long the clock has been going, in nanoseconds; resets do not set it back."""
        return self.timeline.age()

    def until_next_event(self) -> int | None:
        """Return the nanoseconds until something happens in the cluster by itself; `None` if nothing will."""
        with self.lock:
            instant = self.timeline.next_instant(recurring=False)
            return None if instant is None else max(instant - self.timeline.present(), 0)

    def has_parked(self) -> bool:
        """Say whether a request is parked whose client is still there."""
        if self.timeline.mode is not ClockMode.MANUAL or not self._tickets:
            return False
        for wire in self._wires:
            wire.find_departed()
        return bool(self._tickets)

    def is_busy(self) -> bool:
        """Say whether a request is under way at any server, or an endpoint of the user's is at work."""
        return self.responding > 0 or any(wire.is_busy() for wire in list(self._wires))

    def fail_later(self, finding: str) -> None:
        """Let the test fail when it is over."""
        with self.lock:
            self._call_errors.append(finding)

    async def nap(self, seconds: float) -> None:
        """Let a task of the fake's wait in real time, also in a loop that skips."""
        import asyncio

        await (asyncio.sleep(seconds) if self.block is None else self.block.loops.nap(seconds))

    # --- for the cluster and its requests ---------------------------------------------------------------------

    @contextlib.contextmanager
    def acting(self, released: list[Ticket] | None = None) -> Iterator[None]:
        """Hold the lock for an act of the test: let what is due happen, act, hand out what the act has decided.

        Into `released` go the requests that it has decided, in the order of their instants, also those whose answers
        others have handed out meanwhile.
        """
        decided: list[Ticket] = []
        try:
            with self.lock:
                try:
                    self.catch_up()
                    yield
                    self.catch_up()
                    self._look_now()
                finally:
                    if self._mover is None:  # else whoever makes the call hands out what it has decided
                        decided = self._end_act(released)
                    self.changed.notify_all()
        finally:
            self._hand_out(decided)

    def _end_act(self, released: list[Ticket] | None) -> list[Ticket]:
        """Return what is to be handed out at the end of an act, which for an advance is all that it has released."""
        decided = self._take_decided()
        if released is None:
            return decided
        self._released = None
        released[:] = sorted({*released, *decided}, key=lambda ticket: (ticket.decided_at, ticket.request.number))
        return released

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the lock to read: what is due happens first, but nobody looks because of it."""
        with self.lock:
            self.catch_up()
            if self._mover is None:  # else what has been decided is handed out at the end of the act
                self.hand_out_decided()
            yield

    def catch_up(self) -> None:
        """Let everything happen that is due by now; under the lock. Does nothing while time stands for a call."""
        if self._mover is None:
            timeline = self.timeline
            present, instant = timeline.present(), timeline.next_instant()
            if instant is None or instant > present:
                timeline.now = present
            else:
                self._run(present)

    def begin_wait(self, ticket: Ticket) -> Ticket:
        """Let a request wait, under the lock; in *skipping* mode its answer is there when this returns."""
        self._tickets.append(ticket)
        self._begin(ticket)
        self.catch_up()
        if self.timeline.mode is ClockMode.SKIPPING:
            self._skip_until_over(ticket)
        elif ticket.reply is None and ticket.answers:
            ticket.request.parked = self.timeline.mode is ClockMode.MANUAL
        self.hand_out_decided()
        return ticket

    def _begin(self, ticket: Ticket) -> None:
        """Begin the stage of a ticket."""
        stage = ticket.stage
        stage.begin(self.timeline, lambda result: self._end_stage(ticket, result))
        if self._mover not in {None, threading.get_ident()}:  # time stands for a call, which may wait for this very one
            if isinstance(stage, Call):
                stage.due_at = None  # else whoever moves time would make it too
                self._make(stage)
            else:
                stage.look_now()

    def _end_stage(self, ticket: Ticket, result: Any) -> None:  # noqa: ANN401  (what the stage announces)
        """Go on with what comes after a stage: the next one, or the answer."""
        following = result if ticket.go_on is None else ticket.go_on(result)
        if hasattr(following, "begin"):  # what a reply is, is not known here
            ticket.stage = following
            self._begin(ticket)
        else:
            self._decide(ticket, following)

    def wait_for(self, ticket: Ticket) -> None:
        """Block the request's thread, without the lock, until its ticket is over or has been parked too long."""
        while not ticket.is_over:
            match self.timeline.mode:
                case ClockMode.MANUAL:
                    self._stay_parked(ticket)
                case ClockMode.RUNNING:
                    self._wait_for_next_event(ticket)
                case ClockMode.SKIPPING:
                    with self.lock:
                        self._skip_until_over(ticket)
                        self.hand_out_decided()

    def withdraw(self, ticket: Ticket) -> None:
        """Give a waiting request up, under the lock: nobody is there to be answered, or it was parked too long."""
        ticket.stage.end()
        if ticket in self._tickets:
            self._tickets.remove(ticket)
        ticket.hand_out()

    def waiting(self, world: World) -> list[Ticket]:
        """Return the waiting requests of one cluster, oldest first."""
        return [ticket for ticket in self._tickets if ticket.world is world]

    def attach(self, wire: Wire) -> None:
        """Let a server take part."""
        if wire not in self._wires:
            self._wires.append(wire)

    def detach(self, wire: Wire) -> None:
        """Let a server go."""
        if wire in self._wires:
            self._wires.remove(wire)

    def own(self, world: World) -> None:
        """Let a cluster be the one whose reset starts time again; later clusters borrow the clock."""
        self._owner = self._owner or world

    def restart(self, world: World) -> None:
        """Start time again at 0, under the lock, if the cluster owns the clock.

        Requests of borrowers that wait are cut, since their instants are gone; what else is to happen to borrowers
        happens as much later as it would have. A move that is under way ends here.
        """
        if self._owner is world:
            for ticket in list(self._tickets):
                ticket.world.settle(ticket.request, "cut")
                self.withdraw(ticket)
            self.timeline.restart()
            self._call_errors.clear()
            self._starts += 1

    def take_findings(self, world: World) -> list[str]:
        """Return what went wrong with the user's own calls, each once; only the owner of the clock is told."""
        if self._owner is not world:
            return []
        findings, self._call_errors = self._call_errors, []
        for call in self.timeline.calls():
            if not call.is_reported:
                findings.append(
                    f"call_later: {call} was to be called at {format_duration(call.due_at or 0)}, but the test ended "
                    f"at {format_duration(self.timeline.now)}: the test does not test what it says"
                )
            call.is_reported = True
        return findings

    def calls_under_way(self) -> str:
        """Name the calls of the user's that time stands for."""
        return " and ".join(map(str, self._calls.values()))

    def receive_what_is_under_way(self) -> None:
        """Wait, bounded, until no request is half received."""
        until = Real.monotonic() + _RECEIVING_BOUND
        for wire in self._wires:
            wire.find_departed()
        while any(wire.is_busy() for wire in self._wires) and Real.monotonic() < until:
            Real.sleep(_BUSY_POLL)

    def _refuse_inside_a_call(self, what: str) -> None:
        if threading.get_ident() in self._calls:
            message = f"{what} inside a call that the clock makes: time stands still until that call returns"
            raise RuntimeError(message)

    # --- moving -----------------------------------------------------------------------------------------------

    def _wait_until_time_may_move(self) -> None:
        """Wait while time stands for a call of another thread; raises `RuntimeError` if that takes too long."""
        if not self.changed.wait_for(lambda: self._mover is None, self.parked_timeout or None):
            message = (
                f"time has stood for {self.parked_timeout:g} real seconds, for a call that does not return: "
                f"{self.calls_under_way()}. "
                "Does it itself wait for this advance()?"
            )
            raise RuntimeError(message)

    def _run(self, target: int) -> None:
        """Run the events up to an instant; calls of the user's are made without the lock."""
        self._mover = threading.get_ident()
        starts, has_called = self._starts, False
        try:
            while starts == self._starts and (call := self.timeline.step(target)) is not None:
                has_called = True
                self._make(call)
                # Requests that came meanwhile have perhaps led to calls of their own, for which time stands too.
                if not self.changed.wait_for(lambda: not self._calls, self.parked_timeout or None):
                    bound = f"{self.parked_timeout:g} real seconds"
                    self._call_errors.append(
                        f"{self.calls_under_way()} had not returned after {bound}, and time went on without it"
                    )
        finally:
            self._mover = None
            self.changed.notify_all()
        if has_called:
            self._look_now()

    def _make(self, call: Call) -> None:
        error = ""
        self._calls[threading.get_ident()] = call
        depth = self._release()
        try:
            call.fire()
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # noqa: BLE001  (pytest.fail is one; it fails the test, not this thread)
            where = "inject" if isinstance(call, Consultation) else "call_later"
            error = f"{where}: {call} raised {describe(raised)}{_place_of(raised)}"
        finally:
            self._acquire(depth)
            del self._calls[threading.get_ident()]
            self.changed.notify_all()
        if error:
            self._call_errors.append(error)
        call.finish()

    def _release(self) -> object:
        """Release the lock, however often this thread holds it; returns what `_acquire` needs, as Condition does it."""
        return self.lock._release_save()  # type: ignore[attr-defined]  # noqa: SLF001  (what `wait` calls)

    def _acquire(self, depth: object) -> None:
        """Hold the lock as often as before."""
        self.lock._acquire_restore(depth)  # type: ignore[attr-defined]  # noqa: SLF001  (as above)

    def _skip_until_over(self, ticket: Ticket) -> None:
        """Skip from event to event until a wait is decided; its own last look is always among them.

        While time stands for a call of another thread this waits for it, as long as a request may be parked.
        """
        while self._is_undecided(ticket):
            self._wait_for_the_call(ticket)
            instant = self.timeline.next_instant(recurring=False)
            if self._is_undecided(ticket) and instant is not None:
                self.timeline.skip_to(instant)
                self._run(self.timeline.present())
            elif instant is None:  # there was a reset
                self.withdraw(ticket)

    def _is_undecided(self, ticket: Ticket) -> bool:
        return ticket.reply is None and not ticket.is_over

    def _wait_for_the_call(self, ticket: Ticket) -> None:
        """Wait while time stands for a call, as long as a request may be parked; then give the request up."""
        self.changed.wait_for(
            lambda: self._mover is None or not self._is_undecided(ticket), self.parked_timeout or None
        )
        if self._mover is not None and self._is_undecided(ticket):
            self.withdraw(ticket)

    def _look_now(self) -> None:
        """Let parked requests look at what the test's act has changed, and go on if it is what they wait for."""
        if self.timeline.mode is ClockMode.MANUAL and self._mover is None and self._tickets:
            for ticket in list(self._tickets):
                ticket.stage.look_now()
            self.catch_up()  # on their way there may be a function, which looks at the answer

    # --- answers ----------------------------------------------------------------------------------------------

    def _decide(self, ticket: Ticket, reply: Any) -> None:  # noqa: ANN401  (rest's Reply, of which this knows nothing)
        ticket.reply = reply
        ticket.decided_at = self.timeline.now
        if ticket.answers:
            ticket.request.decide(reply.status or None, reply.body, self.timeline.now)
        self._tickets.remove(ticket)
        self._decided.append(ticket)
        if self._released is not None:
            self._released.append(ticket)

    def _take_decided(self) -> list[Ticket]:
        decided, self._decided = self._decided, []
        return decided

    def hand_out_decided(self) -> None:
        """Let the threads of requests go on whose answer the passing of time has brought, under the lock."""
        if self._decided or self._tickets:
            for ticket in self._take_decided():
                ticket.hand_out()
            self.changed.notify_all()

    def _until_next_event(self) -> float | None:
        """Return the seconds until something happens by itself; `None` if only an act can bring it."""
        instant = self.timeline.next_instant()
        return None if instant is None else max(instant - self.timeline.present(), 0) / SECOND

    def _hand_out(self, decided: list[Ticket]) -> None:
        """Hand out the answers that an act has decided, each once the one before has come to rest."""
        try:
            for ticket in decided:
                ticket.hand_out()
                with self.changed:
                    self.changed.notify_all()
                ticket.at_rest.wait(_RESTING_BOUND)
        except BaseException:  # Ctrl-C, or a timeout of the test: nobody else would let these threads go on
            for ticket in decided:
                ticket.hand_out()
            raise

    def _stay_parked(self, ticket: Ticket) -> None:
        timeout = self.parked_timeout or -1
        if ticket.went_on.acquire(timeout=timeout) or self.timeline.mode is not ClockMode.MANUAL:
            return
        with self.lock:
            if not ticket.is_over and ticket.reply is None:
                ticket.was_parked_too_long = True
                self.withdraw(ticket)

    def _wait_for_next_event(self, ticket: Ticket) -> None:
        with self.changed:
            self.catch_up()
            self.hand_out_decided()
            self._wait_for_the_call(ticket)
            if not ticket.is_over:
                self.changed.wait(self._until_next_event())


def _place_of(error: BaseException) -> str:
    """Return where the user's code raised an error: the frame that called out of it, or the last one."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_NOT_THE_USERS)
    ]
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""


def describe(error: BaseException) -> str:
    """Return type and text of an error, whatever it does when it is asked for its text."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  (the user's own error class)
        return type(error).__name__
