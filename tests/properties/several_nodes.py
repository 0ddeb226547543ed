"""The state machine with several nodes, which die and come back, and with connections that break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.properties.injecting import Injecting
from tests.properties.nodes import Nodes
from tests.properties.sockets import Sockets, is_broken
from tests.properties.ways import Fault, Injection

if TYPE_CHECKING:
    from tests.properties.drivers import Sent

NODES = 3
numbers = st.integers(0, NODES - 1)
moments = st.sampled_from([("connect",), ("idle",), ("connect", "idle")])
breaks = st.sampled_from(["reset", "empty_reply", "garbage", "hang"]).map(Fault)
plans = st.lists(breaks, min_size=1, max_size=1) | st.lists(breaks | st.none(), min_size=2, max_size=3).filter(any)


class SeveralNodes(Injecting):
    """Lets nodes die as well, and connections break."""

    model: Nodes

    def __init__(self, line: str) -> None:
        super().__init__(Sockets(line, nodes=NODES), Nodes(line, NODES))

    def send(self, method: str, target: str, body: Any) -> Sent | None:
        """Send a request to the node to which clients speak."""
        if not self.model.alive[self.model.node]:
            with pytest.raises(ConnectionRefusedError):
                self.driver.send(method, target, body)
            return None
        self.model.catch_up()
        fault = self.model.strike_connection("connect" if self.driver.will_connect else "idle")
        if fault is not None:
            self.driver.send_in_vain(method, target, body, hangs=fault.name == "hang")
            return None
        return super().send(method, target, body)

    @rule(node=numbers)
    def turn_to(self, node: int) -> None:
        """Let clients speak to a node from now on, and ask it for its name."""
        self.model.node = self.driver.node = node
        self.ask("info", "/", node=node)

    @rule(plan=plans, moment=moments, times=st.sampled_from([1, 1, 2]), after=st.sampled_from([0, 0, 1]))
    def break_connections(self, plan: list[Fault | None], moment: tuple[str, ...], times: int, after: int) -> None:
        """Let connections break that are made or used again, without a request."""
        injection = Injection(tuple(plan), moment, times=times, after=after)
        self.model.catch_up()
        self.model.connection_faults.append(injection)
        self.injected.append((injection, self.driver.inject(injection)))
        self.model.act_is_over()

    @precondition(lambda self: any(self.model.alive))
    @rule(data=st.data(), milliseconds=st.sampled_from([0, 1000, 10_000, 60_000]))
    def kill(self, data: st.DataObject, milliseconds: int) -> None:
        """Let a node die: what its clients wait for is cut off."""
        node = data.draw(st.sampled_from([n for n in range(NODES) if self.model.alive[n]]), label="node")
        is_there = {sent.request.number: sent.request.node for _, sent, _ in self.waiting}
        cut = self.model.kill(node, milliseconds)
        self.driver.kill(node, milliseconds)
        for each in list(self.waiting):
            way, sent, _ = each
            is_half_sent = way.answer is not None and way.slowly and is_there[way.number] == f"node-{node + 1}"
            if way in cut or is_half_sent:
                self.waiting.remove(each)
                assert sent.request.outcome == "cut"
                assert is_half_sent or is_broken(sent.connection)

    @precondition(lambda self: not all(self.model.alive))
    @rule(data=st.data())
    def restart_node(self, data: st.DataObject) -> None:
        """Let a node be back."""
        node = data.draw(st.sampled_from([n for n in range(NODES) if not self.model.alive[n]]), label="node")
        self.model.restart(node)
        self.driver.restart(node)
