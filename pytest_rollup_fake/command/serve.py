"""`rollup-fake serve`: the same cluster as a program, for clients in any language.

Its first line on standard output is the cluster's URL. SIGTERM and Ctrl-C end it at once, with exit code 0.
"""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pytest_rollup_fake.admin import documents
from pytest_rollup_fake.admin.api import Api
from pytest_rollup_fake.admin.checking import DocumentError
from pytest_rollup_fake.cluster import RollupCluster

from .job_text import read_job, wrong
from .log import Log
from .scenario import Scenario

if TYPE_CHECKING:
    import argparse

CANNOT_LISTEN = 1
"""The exit code where the address cannot be had."""


class Setup:
    """What a cluster is to be like, from a scenario file and the options beside it, which are stronger."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._scenario = None if options.scenario is None else Scenario(Path(options.scenario))
        self._jobs = [(text, read_job(text)) for text in options.jobs]
        given = {name: getattr(options, name) for name in ("version", "clock", "nodes", "security", "tls")}
        self.settings: dict[str, Any] = {
            **({} if self._scenario is None else self._scenario.settings),
            **{name: value for name, value in given.items() if value is not None},
        }

    def apply(self, cluster: RollupCluster, *keys: str) -> None:
        """Add what there is, or these lists of it; raises `ValueError` saying where a mistake is, and what is right."""
        if self._scenario is not None:
            self._scenario.apply(cluster, *keys)
        if keys and "jobs" not in keys:
            return
        for text, job in self._jobs:
            try:
                documents.add_job(cluster, job)
            except DocumentError as error:
                raise wrong(text, error) from None


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes; raises `ValueError` for options that cannot be meant."""
    setup = Setup(options)
    try:
        cluster = RollupCluster(strict=False, host=options.host, port=options.port, **setup.settings)
    except ImportError as error:  # the extra `tls` is missing, which the message says
        raise ValueError(str(error)) from None
    cluster.clock.parked_timeout = 0  # nobody knows for how long somebody who tries things out lets time stand still
    setup.apply(cluster)
    if not _is_loopback(options.host):
        warning = f"warning: {options.host} is no loopback address; whoever reaches it can use and drive this cluster"
        sys.stderr.write(f"{warning}\n")
    api = Api(cluster, partial(setup.apply, cluster))
    with _Signals() as signals:
        return _serve(cluster, api, signals, log=options.log)


def _serve(cluster: RollupCluster, api: Api, signals: _Signals, *, log: bool) -> int:
    api.attach()
    try:
        cluster.start()
    except OSError as error:
        sys.stderr.write(f"rollup-fake serve: error: {error}\n")
        return CANNOT_LISTEN
    with Log(cluster) if log else contextlib.nullcontext():
        sys.stdout.write("".join(f"{line}\n" for line in _lines(cluster)))
        sys.stdout.flush()
        signals.wait()
        api.close()
        cluster.stop()
    return 0


def _lines(cluster: RollupCluster) -> list[str]:
    """Return what is printed first: where it listens, and whom to trust."""
    trust = [f"ca_path {cluster.ca_path}", f"ca_fingerprint {cluster.ca_fingerprint}"] if cluster.world.tls else []
    return [*(node.url for node in cluster.nodes), *trust]


class _Signals:
    """SIGTERM and SIGINT, as long as the block lasts.

    They are waited for at a socket that Python writes to: a system may let any thread have a signal, and that does not
    wake a lock that the main thread waits for.
    """

    def __enter__(self) -> Self:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno())
        # Also where a shell has let a program in the background ignore SIGINT.
        self._before = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *exception: object) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._reader.close()
        self._writer.close()

    def wait(self) -> None:
        """Block until one of them comes."""
        self._reader.recv(1)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
