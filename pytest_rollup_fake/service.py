"""What the server of a node calls: requests are received, given up or refused, and faults strike connections.

The wire hands a request in and gets an `Exchange`. By then it has had its effect, or waits.
"""

from __future__ import annotations

import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

from .exchange import Exchange, note_hung, our_error, patience
from .model.durations import format_duration
from .passage import Passage
from .rest.channel import Channel
from .rest.handle import handle, prepare
from .rest.malformed import refuse
from .rest.reply import Reply
from .ticket import Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from .driver import Driver
    from .faults import Fault
    from .model.journal import RecordedRequest
    from .model.nodes import Node
    from .model.stages import Stage
    from .model.waiting import Wait
    from .model.world import World
    from .wire.reader import BadRequest


class Service:
    """What the server of one node calls."""

    def __init__(self, world: World, driver: Driver, node: Node) -> None:
        self._world = world
        self._driver = driver
        self._node = node

    def receive(self, request: RecordedRequest) -> Exchange:
        """Take a request into the journal and let it have its effect."""
        driver = self._driver
        with driver.lock:
            driver.catch_up()
            driver.received += 1
            self._world.receive(request, self._node.name)
            go_on = self._way_through_faults(request) if self._world.injections.given else None
            answer = self._handle(request) if go_on is None else go_on()
            if not isinstance(answer, Reply):
                ticket = driver.begin_wait(Ticket(self._world, request, answer, go_on))
                return Exchange(self._world, driver, request, ticket)
            request.decide(answer.status or None, answer.body, driver.timeline.now)
            driver.hand_out_decided()
        return Exchange(self._world, driver, request, answer)

    def _way_through_faults(self, request: RecordedRequest) -> Callable[..., Reply | Stage] | None:
        """Return what takes the steps of a request that faults may strike; `None`: none may."""
        prepare(request, self._world)
        candidates = self._world.injections.candidates(request.endpoint, request.job)
        if not candidates:
            return None
        passage = Passage(self._world, request, candidates, partial(self._handle, request))
        return partial(self._guarded, request, passage.go_on)

    def receive_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Exchange:
        """Take a request to an endpoint of the user's into the journal; `respond` is called without the lock."""
        with self._driver.lock:
            self._driver.catch_up()
            request.version = Channel(request, self._world).profile.version
            request.endpoint = "custom"
            self._driver.received += 1
            self._world.receive(request, self._node.name)
            self._driver.hand_out_decided()
        return Exchange(self._world, self._driver, request, partial(self._answer_custom, request, respond))

    def next_connection(self) -> int:
        """Return the number of a connection that was accepted."""
        return next(self._world.connections)

    def strikes_idle(self) -> bool:
        """Say whether a fault may strike the next request on a connection that was idle."""
        return self._world.injections.strikes_idle()

    def strike_connection(self, moment: str) -> Fault | None:
        """Return the fault that strikes a connection, at `"connect"` or when it was `"idle"`."""
        if not self._world.injections.given:
            return None
        with self._driver.lock:
            self._driver.catch_up()
            return self._world.strike_connection(moment)

    def refuse(self, error: BadRequest) -> Reply:
        """Return the answer to what could not be read as HTTP."""
        with self._driver.lock:
            self._driver.catch_up()
            reply = refuse(error.kind, error.detail, self._world)
            self._world.note(f"a client sent what is no request, and was refused ({reply.status}): {error.detail}")
            return reply

    def note(self, text: str) -> None:
        """Note something about a connection, for whoever reads the story of a test."""
        with self._driver.lock:
            self._driver.catch_up()
            self._world.note(text)

    def _answer_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Reply:
        with self._driver.lock:
            self._driver.responding += 1
        try:
            reply = respond()
        finally:
            with self._driver.lock:
                self._driver.responding -= 1
        with self._driver.lock:
            self._driver.catch_up()
            request.effect = "applied"
            request.decide(reply.status, reply.body, self._driver.timeline.now)
            self._driver.hand_out_decided()
        return reply

    @property
    def patience(self) -> float | None:
        """Real seconds that a client may wait for an answer that never comes; `None`: as long as it likes."""
        return patience(self._driver)

    def hung(self) -> None:
        """Note that a client has waited longer than that, and has only connected."""
        note_hung(self._world, self._driver, None)

    def abandon(self, request: RecordedRequest) -> None:
        """Note that the client of a waiting request has gone."""
        self._give_up(request, "abandoned")

    def cut(self) -> None:
        """Give up every request to this node that has no outcome yet: it stops, or the cluster is reset."""
        with self._driver.lock:
            for request in self._world.requests:
                if request.outcome == "pending" and request.node == self._node.name:
                    self._give_up(request, "cut")
            for ticket in self._driver.waiting(self._world):  # those that are half sent
                if not ticket.answers and ticket.request.node == self._node.name:
                    self._world.settle(ticket.request, "cut")
                    self._driver.withdraw(ticket)

    def _give_up(self, request: RecordedRequest, outcome: str) -> None:
        with self._driver.lock:
            if request.outcome != "pending":
                return
            self._world.settle(request, outcome)
            for ticket in self._driver.waiting(self._world):
                if ticket.request is request:
                    self._driver.withdraw(ticket)
            self._driver.changed.notify_all()

    def _handle(self, request: RecordedRequest) -> Reply | Wait:
        if self._world.waits_for_ever:
            return self._end_the_loop(request)
        try:
            return handle(request, self._world)
        except Exception:  # noqa: BLE001  (as below)
            return self._our_error(request)

    def _end_the_loop(self, request: RecordedRequest) -> Reply:
        """Answer code that waits again and again for what does not come, in a way that it can tell from a timeout."""
        skipped = format_duration(self._driver.timeline.skipped)
        text = (
            f"{self._world.vain_waits} waits for a job have timed out one after the other, with {skipped} of fake time "
            "skipped: does the loop that repeats them have a deadline?"
        )
        return our_error(self._world, request, text)

    def _guarded(self, request: RecordedRequest, step: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        """Take a step of a request's way; an error in it is ours, not the client's."""
        try:
            return step(*arguments)
        except Exception:  # noqa: BLE001  (whatever it is, the client gets an answer and the test fails)
            return self._our_error(request)

    def _our_error(self, request: RecordedRequest) -> Reply:
        """Answer a request with the error that is being handled."""
        trace = traceback.format_exc()
        text = f"an error inside pytest-rollup-fake, not of Elasticsearch and not of yours: {request!r}\n{trace}"
        return our_error(self._world, request, text)
