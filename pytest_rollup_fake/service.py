"""A request's life between the socket and the model: received, answered or made to wait, settled.

The wire hands a request in and gets an `Exchange`; everything that the journal says is said here, under the lock, and
before the wire sends a byte.
"""

from __future__ import annotations

import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from .clock import Ticket
from .model.stages import Pause
from .passage import Passage
from .rest.channel import Channel
from .rest.client import DEFAULT, profile_for
from .rest.handle import handle, prepare, refuse
from .rest.malformed import error_for
from .rest.rendering import to_json
from .rest.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .faults import Fault
    from .model.journal import RecordedRequest
    from .model.nodes import Node
    from .model.stages import Stage
    from .model.waiting import Wait
    from .model.world import World
    from .wire.reader import BadRequest

_HANG_BOUND: Final = 30.0


def _is_over(_result: object) -> bool:
    """Say that a pause is over."""
    return True


class Exchange:
    """One request and its answer, as the connection's thread sees them."""

    def __init__(
        self,
        service: Service,
        request: RecordedRequest,
        reply: Reply | Callable[[], Reply | None],
        ticket: Ticket | None = None,
    ) -> None:
        self.request = request
        self._service = service
        self._reply = reply
        self._ticket = ticket

    def reply(self) -> Reply | None:
        """Block until there is an answer and return it; `None`: close the connection without one."""
        return self._reply if isinstance(self._reply, Reply) else self._reply()

    def settle(self, reply: Reply | None, *, peer_has_gone: bool) -> bool:
        """Make the outcome final, before anything is sent; False: send nothing."""
        loses = reply is not None and reply.delivery is not None and reply.delivery.loses
        return self._service.settle(self.request, peer_has_gone=peer_has_gone, loses=loses)

    def pause(self, until: int, is_ending: Callable[[], bool]) -> bool:
        """Block until an instant of fake time, with the answer half sent; False: send no more of it."""
        ticket = self._service.pause(self.request, until, is_ending)
        if ticket is None:
            return True
        self.rest()
        self._ticket = ticket
        return self._service.was_paused(ticket)

    def decided_at(self) -> int:
        """Return the instant at which the answer was decided."""
        return self._service.now() if self._ticket is None else self._ticket.decided_at

    def hung(self) -> None:
        """Note that a client has waited for an answer that never comes, for longer than any should."""
        self._service.hung(self.request)

    @property
    def patience(self) -> float | None:
        """Real seconds that a client may wait for an answer that never comes; `None`: as long as it likes."""
        return self._service.patience

    def failed(self, *, by_us: bool) -> None:
        """Note that the answer could not be sent: the client has gone, or we have closed the connection ourselves."""
        self._service.failed(self.request, by_us=by_us)

    def rest(self) -> None:
        """Note that the exchange is over."""
        if self._ticket is not None:
            self._ticket.at_rest.set()


class Service:
    """What the server of one node calls."""

    def __init__(self, world: World, clock: Clock, node: Node) -> None:
        self._world = world
        self._clock = clock
        self._node = node

    def receive(self, request: RecordedRequest) -> Exchange:
        """Take a request into the journal and let it have its effect."""
        clock = self._clock
        with clock.lock:
            clock.catch_up()
            self._receive(request)
            answer, go_on = self._begin(request)
            if not isinstance(answer, Reply):
                ticket = clock.begin_wait(Ticket(self._world, request, answer, go_on))
                return Exchange(self, request, partial(self._wait_for, ticket), ticket)
            request.decide(answer.status or None, answer.body, clock.timeline.now)
            clock.hand_out_decided()
        return Exchange(self, request, answer)

    def _begin(self, request: RecordedRequest) -> tuple[Reply | Stage, Callable[[Any], Any] | None]:
        """Let a request have its effect, or begin its way through the faults that may strike it."""
        if self._world.injections:
            prepare(request, self._world)
            candidates = self._world.injections.candidates(request.endpoint, request.job)
            if candidates:
                passage = Passage(self._world, request, candidates, partial(self._handle, request))
                go_on = partial(self._guarded, request, passage.go_on)
                return go_on(), go_on
        return self._handle(request), None

    def receive_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Exchange:
        """Take a request to an endpoint of the user's into the journal; `respond` is called without the lock."""
        with self._clock.lock:
            self._clock.catch_up()
            request.version = (self._world.profile or profile_for(request)).version
            request.endpoint = "custom"
            self._receive(request)
            self._clock.hand_out_decided()
        return Exchange(self, request, partial(self._answer_custom, request, respond))

    def next_connection(self) -> int:
        """Return the number of a connection that was accepted."""
        return next(self._world.connections)

    def strikes_idle(self) -> bool:
        """Say whether a fault may strike the next request on a connection that was idle."""
        return self._world.injections.strikes_idle()

    def strike_connection(self, moment: str) -> Fault | None:
        """Return the fault that strikes a connection, at `"connect"` or when it was `"idle"`."""
        if not self._world.injections:
            return None
        with self._clock.lock:
            self._clock.catch_up()
            return self._world.strike_connection(moment)

    def refuse(self, error: BadRequest) -> Reply:
        """Return the answer to what could not be read as HTTP."""
        with self._clock.lock:
            return refuse(error_for(error.kind, error.detail), self._world)

    def _receive(self, request: RecordedRequest) -> None:
        request.node = self._node.name
        self._clock.received += 1
        self._world.receive(request)

    def _answer_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Reply:
        with self._clock.lock:
            self._clock.responding += 1
        try:
            reply = respond()
        finally:
            with self._clock.lock:
                self._clock.responding -= 1
        with self._clock.lock:
            self._clock.catch_up()
            request.effect = "applied"
            request.decide(reply.status, reply.body, self._clock.timeline.now)
            self._clock.hand_out_decided()
        return reply

    def _wait_for(self, ticket: Ticket) -> Reply | None:
        """Block until a waiting request has its answer; `None` if nobody is there to take one."""
        self._clock.wait_for(ticket)
        with self._clock.lock:
            if ticket.reply is None and ticket.request.outcome == "pending":
                ticket.reply = self._parked_too_long(ticket)
            reply = ticket.reply
            return reply if isinstance(reply, Reply) else None

    def settle(self, request: RecordedRequest, *, peer_has_gone: bool, loses: bool) -> bool:
        """Make a request's outcome final; False: it was cut or abandoned, so send nothing."""
        with self._clock.lock:
            if request.outcome == "pending":
                self._world.settle(request, "abandoned" if peer_has_gone else "lost" if loses else "answered")
            self._clock.changed.notify_all()
            return request.outcome in {"answered", "lost"}

    def failed(self, request: RecordedRequest, *, by_us: bool) -> None:
        """Note that an answer could not be sent; one that was lost anyway stays lost."""
        with self._clock.lock:
            if request.outcome == "answered":
                request.outcome = "cut" if by_us else "abandoned"
            self._clock.changed.notify_all()

    def pause(self, request: RecordedRequest, until: int, is_ending: Callable[[], bool]) -> Ticket | None:
        """Let an answer that is half sent wait for an instant; `None`: that has come already."""
        clock = self._clock
        with clock.lock:
            clock.catch_up()
            left = until - clock.timeline.now
            ticket = Ticket(self._world, request, Pause(left), _is_over, answers=False)
            if left <= 0:
                return None
            clock.begin_wait(ticket)
            if is_ending():  # what was half sent has perhaps been given up before this began
                clock.withdraw(ticket)
            return ticket

    def was_paused(self, ticket: Ticket) -> bool:
        """Block until a pause is over; False: it was cut short, and so is the answer."""
        self._clock.wait_for(ticket)
        with self._clock.lock:
            if ticket.reply is None:
                self._world.settle(ticket.request, "cut")
            if ticket.was_parked_too_long:
                now, bound = self._clock.timeline.now, self._clock.parked_timeout
                self._world.findings.append(
                    f"the answer to {ticket.request!r} was half sent for {bound:g} real seconds: "
                    f"{ticket.stage.missing(now)}. Let the test advance a manual clock past faults.slow"
                )
            return ticket.reply is not None

    def now(self) -> int:
        """Return the instant that it is."""
        with self._clock.lock:
            self._clock.catch_up()
            return self._clock.timeline.now

    @property
    def patience(self) -> float | None:
        """Real seconds that a client may wait for an answer that never comes; `None` under a debugger."""
        return _HANG_BOUND if self._clock.parked_timeout else None

    def hung(self, request: RecordedRequest | None) -> None:
        """Note that a client has no timeout of its own; without a request it has only connected."""
        with self._clock.lock:
            self._world.findings.append(
                f"{request or 'a connection'} was not answered for {_HANG_BOUND:g} real seconds, and nobody gave up: "
                "your client has no timeout"
            )

    def abandon(self, request: RecordedRequest) -> None:
        """Note that the client of a waiting request has gone."""
        self._give_up(request, "abandoned")

    def cut(self) -> None:
        """Give up every request to this node that has no outcome yet: it stops, or the cluster is reset."""
        with self._clock.lock:
            for request in self._world.requests:
                if request.outcome == "pending" and request.node == self._node.name:
                    self._give_up(request, "cut")
            for ticket in self._clock.waiting(self._world):  # those that are half sent
                if not ticket.answers and ticket.request.node == self._node.name:
                    self._world.settle(ticket.request, "cut")
                    self._clock.withdraw(ticket)

    def _give_up(self, request: RecordedRequest, outcome: str) -> None:
        with self._clock.lock:
            if request.outcome != "pending":
                return
            self._world.settle(request, outcome)
            for ticket in self._clock.waiting(self._world):
                if ticket.request is request:
                    self._clock.withdraw(ticket)
            self._clock.changed.notify_all()

    def _handle(self, request: RecordedRequest) -> Reply | Wait:
        answer: Reply | Wait = self._guarded(request, partial(handle, request, self._world))
        return answer

    def _guarded(self, request: RecordedRequest, step: Callable[..., Any], *result: object) -> Any:  # noqa: ANN401
        """Take a step of a request's way; an error in it is ours, not the client's."""
        try:
            return step(*result)
        except Exception:  # noqa: BLE001  (whatever it is, the client gets an answer and the test fails)
            trace = traceback.format_exc()
            text = f"an error inside pytest-rollup-fake, not of Elasticsearch and not of yours: {request!r}\n{trace}"
            self._world.findings.append(text)
            return self._our_error(request, text)

    def _our_error(self, request: RecordedRequest, text: str) -> Reply:
        """Return a 500 that says whose it is (429, 502, 503 and 504 would be retried by clients)."""
        channel = Channel(request, self._world, self._world.profile or DEFAULT)
        error = {"type": "pytest_rollup_fake_error", "reason": text}
        headers = channel.success({}).headers
        plain = tuple(field for field in headers if field[0] != "content-encoding")
        return Reply(500, plain, to_json({"error": {"root_cause": [error], **error}, "status": 500}, pretty=False))

    def _parked_too_long(self, ticket: Ticket) -> Reply:
        """Answer a request that no act of the test has released."""
        now, request = self._clock.timeline.now, ticket.request
        calls = self._clock.calls_under_way()
        advice = (
            f"Time stands as long as {calls} has not returned, which must not wait for what takes time"
            if calls
            else "With clock='manual' a waiting request is answered by clock.advance(...) or by an act that lets it see "
            "the job stopped; call it from another thread or task than the one that waits for the answer"
        )
        text = (
            f"{request!r} was parked for {self._clock.parked_timeout:g} real seconds: {ticket.stage.missing(now)}. "
            f"{advice} (ini rollup_parked_timeout sets the bound, 0 turns it off)."
        )
        self._world.findings.append(text)
        reply = self._our_error(request, text)
        request.decide(reply.status, reply.body, now)
        return reply
