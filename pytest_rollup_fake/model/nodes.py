"""The nodes of a cluster, and which of them runs a job's task.

A node that is killed takes the tasks that it runs with it. Their jobs are *lost*: nobody runs them, until they are
reassigned to a node that lives, some time later or when a node comes back. They come back in the state that was
persisted (RollupJobTask's constructor), which stopping an idle job has not changed.

Source: PersistentTasksClusterService; the assignment there is to the node with the fewest tasks.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from .timeline import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .jobs import RollupJob


class Node:
    """One node: `name` and `id` as Elasticsearch shows them, `publish_address` once it listens."""

    def __init__(self, number: int) -> None:
        self.name = f"node-{number}"
        self.id = uuid.uuid4().hex[:22]
        self.publish_address = "127.0.0.1:9200"
        self.is_alive = True
        self.tasks = 0  # how many it runs


def choose_node(nodes: Iterable[Node]) -> Node | None:
    """Return the living node that runs the fewest tasks; `None` if no node lives."""
    return min((node for node in nodes if node.is_alive), key=lambda node: node.tasks, default=None)


class Reassignment:
    """A lost job that is given to a node after a while; a `Pending` of the timeline."""

    rank = Rank.CLUSTER

    def __init__(self, nodes: Iterable[Node], job: RollupJob) -> None:
        self.due_at: int | None = None
        self._nodes, self._job = nodes, job
        job.reassignment = self

    def fire(self) -> None:
        """Give the job to a node, unless none lives: then the first that comes back takes it."""
        node = choose_node(self._nodes)
        if node is not None and self._job.is_lost:
            self._job.assign(node)
