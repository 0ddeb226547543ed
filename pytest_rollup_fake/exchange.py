"""One request and its answer, as the connection's thread sees them.

A connection asks for the reply, settles the outcome, and only then sends: what the journal says is said here, under the
lock, before a byte leaves. An answer that is sent in drops waits in between, as a request waits for its answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .model.stages import Pause
from .rest.channel import Channel
from .rest.rendering import to_json
from .rest.reply import Reply
from .ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from .driver import Driver
    from .model.journal import RecordedRequest
    from .model.world import World

_HANG_BOUND: Final = 30.0


def _is_over(_result: object) -> bool:
    """Say that a pause is over."""
    return True


class Exchange:
    """A request that was received; its answer is there, or is asked for without the lock, or a ticket waits for it."""

    def __init__(
        self,
        world: World,
        driver: Driver,
        request: RecordedRequest,
        reply: Reply | Callable[[], Reply] | Ticket,
    ) -> None:
        self.request = request
        self._world = world
        self._driver = driver
        self._reply = reply
        self._ticket = reply if isinstance(reply, Ticket) else None

    def reply(self) -> Reply | None:
        """Block until there is an answer and return it; `None`: close the connection without one."""
        if isinstance(self._reply, Reply):
            return self._reply
        return self._wait_for(self._reply) if isinstance(self._reply, Ticket) else self._reply()

    def settle(self, reply: Reply | None, *, peer_has_gone: bool) -> bool:
        """Make the outcome final, before anything is sent; False: it was cut or abandoned, so send nothing."""
        request = self.request
        with self._driver.lock:
            if request.outcome == "pending":
                loses = reply is not None and reply.delivery is not None and reply.delivery.loses
                self._world.settle(request, "abandoned" if peer_has_gone else "lost" if loses else "answered")
            self._driver.changed.notify_all()
            return request.outcome in {"answered", "lost"}

    def failed(self, *, by_us: bool) -> None:
        """Note that the answer could not be sent: the client has gone, or we have closed the connection ourselves.

        One that was lost anyway stays lost.
        """
        with self._driver.lock:
            if self.request.outcome == "answered":
                self.request.outcome = "cut" if by_us else "abandoned"
            self._driver.changed.notify_all()

    def hung(self) -> None:
        """Note that a client has waited for an answer that never comes, for longer than any should."""
        note_hung(self._world, self._driver, self.request)

    @property
    def patience(self) -> float | None:
        """Real seconds that a client may wait for an answer that never comes; `None`: as long as it likes."""
        return patience(self._driver)

    def rest(self) -> None:
        """Note that the exchange is over."""
        if self._ticket is not None:
            self._ticket.at_rest.set()

    # --- an answer in drops -----------------------------------------------------------------------------------

    def decided_at(self) -> int:
        """Return the instant at which the answer was decided."""
        if self._ticket is not None:
            return self._ticket.decided_at
        with self._driver.lock:
            self._driver.catch_up()
            return self._driver.timeline.now

    def pause(self, until: int, is_ending: Callable[[], bool]) -> bool:
        """Block until an instant of fake time, with the answer half sent; False: send no more of it."""
        ticket = self._begin_pause(until, is_ending)
        if ticket is None:
            return True
        self.rest()
        self._ticket = ticket
        self._driver.wait_for(ticket)
        return self._was_paused(ticket)

    def _begin_pause(self, until: int, is_ending: Callable[[], bool]) -> Ticket | None:
        """Let an answer that is half sent wait for an instant; `None`: that has come already."""
        driver = self._driver
        with driver.lock:
            driver.catch_up()
            left = until - driver.timeline.now
            if left <= 0:
                return None
            ticket = driver.begin_wait(Ticket(self._world, self.request, Pause(left), _is_over, answers=False))
            if is_ending():  # what was half sent has perhaps been given up before this began
                driver.withdraw(ticket)
            return ticket

    def _was_paused(self, ticket: Ticket) -> bool:
        """Say whether a pause was not cut short; if it was, so is the answer."""
        with self._driver.lock:
            if ticket.reply is None:
                self._world.settle(self.request, "cut")
            if ticket.was_parked_too_long:
                now, bound = self._driver.timeline.now, self._driver.parked_timeout
                self._world.findings.append(
                    f"the answer to {self.request!r} was half sent for {bound:g} real seconds: "
                    f"{ticket.stage.missing(now)}. Let the test advance a manual clock past faults.slow"
                )
            return ticket.reply is not None

    # --- an answer that is waited for -------------------------------------------------------------------------

    def _wait_for(self, ticket: Ticket) -> Reply | None:
        """Block until a waiting request has its answer; `None` if nobody is there to take one."""
        self._driver.wait_for(ticket)
        with self._driver.lock:
            if ticket.reply is None and self.request.outcome == "pending":
                ticket.reply = self._parked_too_long(ticket)
            reply: Reply | None = ticket.reply
            return reply

    def _parked_too_long(self, ticket: Ticket) -> Reply:
        """Answer a request that no act of the test has released."""
        now, request, calls = self._driver.timeline.now, self.request, self._driver.calls_under_way()
        advice = (
            f"time stands as long as {calls} has not returned, which must not wait for what takes time"
            if calls
            else "on a manual clock nothing is answered that waits until another thread or task calls "
            "clock.advance(...) or stops the job; a blocking client in the event loop's own thread lets no task do that"
        )
        text = (
            f"{request!r} was parked for {self._driver.parked_timeout:g} real seconds: {advice}; "
            f"{ticket.stage.missing(now)} (ini rollup_parked_timeout sets the bound, 0 turns it off)."
        )
        reply = our_error(self._world, request, text)
        request.decide(reply.status, reply.body, now)
        return reply


def our_error(world: World, request: RecordedRequest, text: str) -> Reply:
    """Note an error of ours, or of the test, and answer the request with it.

    The status is 500, since clients retry 429, 502, 503 and 504.
    """
    if text not in world.findings:
        world.findings.append(text)
    headers = Channel(request, world).success({}).headers
    plain = tuple(field for field in headers if field[0] != "content-encoding")
    error: dict[str, Any] = {"type": "pytest_rollup_fake_error", "reason": text}
    return Reply(500, plain, to_json({"error": {"root_cause": [error], **error}, "status": 500}, pretty=False))


def patience(driver: Driver) -> float | None:
    """Return the real seconds that a client may wait for an answer that never comes; `None` under a debugger."""
    return _HANG_BOUND if driver.parked_timeout else None


def note_hung(world: World, driver: Driver, request: RecordedRequest | None) -> None:
    """Note that a client has no timeout of its own; without a request it has only connected."""
    with driver.lock:
        world.findings.append(
            f"{request or 'a connection'} was not answered for {_HANG_BOUND:g} real seconds, and nobody gave up: "
            "your client has no timeout"
        )
