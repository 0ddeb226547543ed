"""`Node`: one node of a cluster, with an address of its own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pytest_httpserver.httpserver import HTTPServerError

from .model.durations import Duration, to_nanoseconds
from .service import Service
from .wire.server import ClusterServer

if TYPE_CHECKING:
    import ssl

    from .driver import Driver
    from .model import nodes
    from .model.world import World

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


class Node:
    """One node: `url`, `host`, `port`, `name`, `id`, and whether it lives."""

    __slots__ = ("__weakref__", "_driver", "_node", "_world", "server", "service")  # a misspelt one cannot be set

    def __init__(  # noqa: PLR0913, PLR0917  (made by the cluster only)
        self,
        world: World,
        driver: Driver,
        node: nodes.Node,
        host: str,
        port: int,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self._world = world
        self._driver = driver
        self._node = node
        self.service = Service(world, driver, node)
        self.server = ClusterServer(host, port, self.service, ssl_context)

    @property
    def name(self) -> str:
        """The node's name, `"node-1"` for the first."""
        return self._node.name

    @property
    def id(self) -> str:
        """The node's id, as it stands in answers."""
        return self._node.id

    @property
    def host(self) -> str:
        """The address that it listens at."""
        return self.server.host

    @property
    def port(self) -> int:
        """The port that it listens at; 0 before the first start, unless one was asked for."""
        return self.server.port

    @property
    def url(self) -> str:
        """The node's URL, without a slash at the end; see `RollupCluster.url`."""
        return self.url_for("")

    @property
    def is_alive(self) -> bool:
        """Whether it was not killed."""
        return self._node.is_alive

    def url_for(self, path: str) -> str:
        """Return the URL of a path; raises `RuntimeError` where there is no address yet."""
        if not self.port:
            message = "the cluster has no address yet: start() it, or use it as a context manager"
            raise RuntimeError(message)
        slash = "" if not path or path.startswith("/") else "/"
        scheme = "http" if self.server.ssl_context is None else "https"
        return f"{scheme}://{self.server.format_host(self.host)}:{self.port}{slash}{path}"

    def kill(self, *, reassign_after: Duration = 10) -> None:
        """Let the node die: its connections break, and new ones are refused.

        What its clients wait for is cut. The jobs that it runs are lost: a stop finds no task (404), and a stop on
        another node that waits for one fails with `failed_node_exception`. After `reassign_after` (a duration of fake
        time) a living node takes them, in the state that Elasticsearch restores and with stats of 0. Raises
        `RuntimeError` for a node that is dead already.
        """
        nanoseconds = to_nanoseconds(reassign_after, name="reassign_after")
        if not self.is_alive:
            message = f"{self.name} was killed already"
            raise RuntimeError(message)
        with self._driver.acting():  # before its clients can notice and ask another node
            self.service.cut()
            self._world.kill_node(self._node, reassign_after=nanoseconds)
        if self.server.is_running():
            self.server.kill()

    def restart(self) -> None:
        """Let a killed node be back at its address; it takes jobs that no node runs.

        Raises `RuntimeError` if it lives.
        """
        if self.is_alive:
            message = f"{self.name} lives; kill() it first"
            raise RuntimeError(message)
        self.revive(listens=True)

    def revive(self, *, listens: bool) -> None:
        """Let a killed node live again; for the cluster, which may be stopped."""
        if listens:
            self.start()
        with self._driver.acting():
            self._world.restart_node(self._node)

    def start(self) -> None:
        """Listen; for the cluster, which starts and stops its nodes together."""
        self.server.start()
        self._node.publish_address = f"{self.server.format_host(self.host)}:{self.port}"
        self._driver.attach(self.server)

    def stop(self) -> None:
        """Stop listening, and give the address up."""
        self._driver.detach(self.server)
        with contextlib.suppress(HTTPServerError):  # it is not running, or somebody else stops it
            self.server.stop()
        self.server.release()

    def __repr__(self) -> str:
        """Show name and address."""
        place = f"at {self.url}" if self.port else "not started"
        return f"<Node {self.name!r} {place}{'' if self.is_alive else ', killed'}>"
