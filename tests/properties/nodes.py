"""The rules of several nodes, and of connections that break.

A node that dies takes the tasks that it runs with it. Source: PersistentTasksClusterService, TransportTasksAction.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.properties.rules import Rules
from tests.properties.ways import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.properties.facts import Answer
    from tests.properties.life import Due, Job, Way
    from tests.properties.ways import Injection


class Partial(dict[str, Any]):
    """A part of a body: equal to one that has at least this."""

    def __eq__(self, other: object) -> bool:
        """Compare what there is."""
        return isinstance(other, dict) and all(key in other and other[key] == value for key, value in self.items())

    __hash__ = None


FAILED: Answer = (500, Partial(error=Partial(type="failed_node_exception"), status=500))


class Nodes(Rules):
    """A cluster of several nodes; clients speak to `node`."""

    def __init__(self, line: str, count: int) -> None:
        super().__init__(line, acts_release=True)
        self.alive = [True] * count
        self.node = 0
        self.connection_faults: list[Injection] = []
        self._asked: dict[int, int] = {}  # the nodes that requests were sent to
        self._homes: dict[Job, int] = {}  # the nodes that run the jobs' tasks
        self._lost: dict[Job, Due | None] = {}  # those whose node has died, and when another one takes them

    def info(self, node: int) -> Answer:
        """Say who answers."""
        return 200, Partial(name=f"node-{node + 1}")

    def receive(self, number: int, endpoint: str, job: str | None, effect: Any) -> Way:
        """Receive it at a node."""
        self._asked[number] = self.node
        return super().receive(number, endpoint, job, effect)

    def strike_connection(self, moment: str) -> Fault | None:
        """Return what strikes a connection that is made (`connect`) or used again (`idle`)."""
        for injection in [each for each in self.connection_faults if each.is_its_turn(moment, None)]:
            item = injection.take()
            injection.hits += item is not None
            return item if isinstance(item, Fault) else None
        return None

    def place(self, job: Job) -> None:
        """Let the living node that runs the fewest tasks run one more; if there is none, the next that is back does."""
        self._lost.pop(job, None)
        living = [node for node, is_alive in enumerate(self.alive) if is_alive]
        if living:
            homes = [self._homes[each] for each in self.jobs.values() if each is not job and each.state is not None]
            self._homes[job] = min(living, key=homes.count)
        else:
            job.state, self._lost[job] = None, None

    def kill(self, node: int, milliseconds: int) -> list[Way]:
        """Let a node die and its jobs be taken over after a while; return the requests that it leaves unanswered."""
        self.catch_up()
        cut = [way for way in self.ways if self._asked[way.number] == node]
        self.ways = [way for way in self.ways if way not in cut]
        self.alive[node] = False
        for job in self.jobs.values():
            if job.state is not None and self._homes[job] == node:
                waiting = [
                    w for w in self.ways if w.waiter and (w.waiter.job, w.waiter.incarnation) == (job, job.incarnation)
                ]
                self._enter(job, "aborting")
                job.state = None
                job.incarnation += 1
                self._lost[job] = self.at(self.now + milliseconds)
                for way in waiting:
                    self.step(way, FAILED)
        self.act_is_over()
        return cut

    def restart(self, node: int) -> None:
        """Let a node be back; it takes what nobody runs because nodes have died."""
        self.catch_up()
        self.alive[node] = True
        for job in [job for job in self.jobs.values() if job in self._lost]:
            self._take_over(job)
        self.act_is_over()

    def _take_over(self, job: Job) -> None:
        self._lost[job] = None
        if any(self.alive):
            self._assign(job)

    def _cluster(self) -> list[tuple[Due, Callable[[], None]]]:
        lost = [(due, partial(self._take_over, job)) for job, due in self._lost.items() if due]
        return super()._cluster() + [each for each in lost if each[1].args[0] in self.jobs.values()]
