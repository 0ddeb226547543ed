"""A request's life between the socket and the model: received, answered or made to wait, settled.

The wire hands a request in and gets an `Exchange`; everything that the journal says is said here, under the lock, and
before the wire sends a byte.
"""

from __future__ import annotations

import traceback
from functools import partial
from typing import TYPE_CHECKING

from .model.durations import format_duration
from .model.waiting import Wait
from .rest.channel import Channel
from .rest.client import DEFAULT, profile_for
from .rest.handle import handle, refuse
from .rest.malformed import error_for
from .rest.rendering import to_json
from .rest.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock, Ticket
    from .model.journal import RecordedRequest
    from .model.nodes import Node
    from .model.world import World
    from .wire.reader import BadRequest


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

    def settle(self, *, peer_has_gone: bool) -> bool:
        """Make the outcome final, before anything is sent; False: send nothing."""
        return self._service.settle(self.request, peer_has_gone=peer_has_gone)

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
            answer = self._handle(request)
            if isinstance(answer, Wait):
                ticket = clock.begin_wait(self._world, request, answer)
                return Exchange(self, request, partial(self._wait_for, ticket), ticket)
            request.decide(answer.status, answer.body, clock.timeline.now)
            clock.hand_out_decided()
        return Exchange(self, request, answer)

    def receive_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Exchange:
        """Take a request to an endpoint of the user's into the journal; `respond` is called without the lock."""
        with self._clock.lock:
            self._clock.catch_up()
            request.version = (self._world.profile or profile_for(request)).version
            request.endpoint = "custom"
            self._receive(request)
            self._clock.hand_out_decided()
        return Exchange(self, request, partial(self._answer_custom, request, respond))

    def refuse(self, error: BadRequest) -> Reply:
        """Return the answer to what could not be read as HTTP."""
        with self._clock.lock:
            return refuse(error_for(error.kind, error.detail), self._world)

    def _receive(self, request: RecordedRequest) -> None:
        request.node = self._node.name
        self._world.receive(request)

    def _answer_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Reply:
        reply = respond()
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

    def settle(self, request: RecordedRequest, *, peer_has_gone: bool) -> bool:
        """Make a request's outcome final; False: it was cut or abandoned, so send nothing."""
        with self._clock.lock:
            if request.outcome == "pending":
                self._world.settle(request, "abandoned" if peer_has_gone else "answered")
            self._clock.changed.notify_all()
            return request.outcome == "answered"

    def failed(self, request: RecordedRequest, *, by_us: bool) -> None:
        """Note that an answer could not be sent."""
        with self._clock.lock:
            request.outcome = "cut" if by_us else "abandoned"
            self._clock.changed.notify_all()

    def abandon(self, request: RecordedRequest) -> None:
        """Note that the client of a waiting request has gone."""
        self._give_up(request, "abandoned")

    def cut(self) -> None:
        """Give up every request to this node that has no outcome yet: it stops, or the cluster is reset."""
        with self._clock.lock:
            for request in self._world.requests:
                if request.outcome == "pending" and request.node == self._node.name:
                    self._give_up(request, "cut")

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
        try:
            return handle(request, self._world)
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
        looks = ticket.wait.looks
        text = (
            f"{request!r} was parked for {self._clock.parked_timeout:g} real seconds: it looks again at "
            f"{format_duration(looks.at_or_after(now + 1))}, the clock stands at {format_duration(now)}, and its "
            f"timeout ends at {format_duration(looks.deadline)}. With clock='manual' a waiting request is answered by "
            "clock.advance(...) or by an act that lets it see the job stopped; call it from another thread or task "
            "than the one that waits for the answer (ini rollup_parked_timeout sets the bound, 0 turns it off)."
        )
        self._world.findings.append(text)
        reply = self._our_error(request, text)
        request.decide(reply.status, reply.body, now)
        return reply
