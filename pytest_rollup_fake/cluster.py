"""`RollupCluster`: what a test holds in its hands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self, overload

from .arguments import check_host, check_nodes, check_port, read_jobs
from .arrivals import Wanted, is_in_event_loop
from .clock import Clock
from .job import Job
from .model import nodes as model_nodes
from .model.choices import check_flag
from .model.durations import to_nanoseconds, to_seconds
from .model.world import World
from .node import Node
from .real import Real
from .starts import STARTS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from pytest_httpserver import RequestHandler

    from .faults import Effect
    from .model.durations import Duration
    from .model.injections import Injected, Injection
    from .model.jobs import StopDelay
    from .model.journal import RecordedRequest, Requests
    from .model.security import Security
    from .model.versions import Version
    from .wire.certificate import CertificateFile

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


_NOTICE: Final = 0.005  # how often a wait in real time looks for clients that have gone


class RollupClusterError(AssertionError):
    """What `RollupCluster.check` raises: something that a passing test must not overlook."""


class _Jobs(dict[str, Job]):
    """Jobs by id; asked for one that there is not, it names those that there are."""

    def __getattr__(self, name: str) -> NoReturn:
        message = f"the jobs have no attribute {name!r}; a job is found by its id: jobs[{name!r}]"
        raise AttributeError(message)

    def __missing__(self, id_: str) -> Job:
        message = f"there is no rollup job {id_!r}; the jobs are {', '.join(map(repr, self)) or 'none'}"
        raise KeyError(message)


class _Nodes(tuple[Node, ...]):
    """The nodes; asked for one that there is not, it says how many there are."""

    __slots__ = ()

    def __getitem__(self, number: Any) -> Any:  # noqa: ANN401  (a node, or a tuple of them)
        try:
            return super().__getitem__(number)
        except IndexError:
            have = "1 node" if len(self) == 1 else f"{len(self)} nodes"
            enough = max(number + 1, -number)
            message = f"there is no nodes[{number}]: the cluster has {have}; say nodes={enough} (argument or marker)"
            raise IndexError(message) from None


class RollupCluster:
    """A fake Elasticsearch cluster with rollup jobs, on a real socket.

    A context manager, usable without pytest: entering starts it, leaving stops it and, unless an exception is on its
    way, runs `check`.

    `version` is a text such as `"7.17"`, `"7.17.28"` or `"9"`; without one each request is answered as the line that
    its client was made for. `clock` is `"skipping"`, `"running"`, `"manual"` or another cluster's `clock`. `nodes` is
    how many nodes it has, each with an address of its own; they stand in the attribute `nodes`. `jobs` is a list of
    ids, or a mapping of ids to states or to keywords of `add_job`. `security` is `True` (who sends a request has to
    prove it: see the attribute `security`), `None` or `False` (explicitly disabled) or `"unset"` (the version's
    default: on from 8.0, off before; 7.13 to 7.17 then warn). `tls=True` lets it speak HTTPS, and needs the extra
    `tls`; clients trust it by `ca_path` or `ca_fingerprint`. `strict=False` lets unfaked APIs pass unnoticed,
    `unfaked` only some: paths with `*`, optionally after a method; `True` means all. `client_timeout` is a
    duration; a request that waited longer fails `check`. `prior_rollup_usage` says that rollup was used before:
    from 8.15 on, creating a job in a cluster of an explicit version is refused without it, unless there is a job or
    a rollup index. `host` and `port` say where it listens; port 0 is one that this process has not used before.

    Raises `TypeError` or `ValueError` for a value that is none of these, naming what is allowed, and `ImportError` for
    `tls=True` without the extra.
    """

    __slots__ = (  # an attribute that is misspelt cannot be set
        "__weakref__",
        "_ca_file",
        "_clock",
        "_driver",
        "_is_counted",
        "_is_started",
        "_returned",
        "_was_stopped",
        "nodes",
        "world",
    )

    def __init__(  # noqa: PLR0913  (each is optional and named)
        self,
        version: str | Version | None = None,
        *,
        clock: str | Clock = "skipping",
        nodes: int = 1,
        jobs: Sequence[str] | Mapping[str, Any] | None = None,
        security: bool | str | None = None,
        tls: bool = False,
        strict: bool = True,
        unfaked: Sequence[str] | bool = (),
        client_timeout: Duration | None = None,
        prior_rollup_usage: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._clock = clock if isinstance(clock, Clock) else Clock(clock)
        self._driver = self.clock.driver
        self.world = World(self._driver.timeline)
        self.world.users.guard = self._driver.acting
        self.world.tls = check_flag("tls", tls)
        self._ca_file = _make_ca_file(check_host(host)) if tls else None
        context = self._ca_file.certificate.context if self._ca_file else None
        self.nodes: Final[tuple[Node, ...]] = self._make_nodes(
            check_nodes(nodes), check_host(host), check_port(port), context
        )
        self._share_endpoints()
        self._returned: dict[tuple[Any, ...], set[int]] = {}
        self._is_started = False
        self._is_counted = False
        self._was_stopped = False  # by a call of `stop`
        self.configure(
            version=version,
            jobs=jobs,
            security=security,
            strict=strict,
            unfaked=unfaked,
            client_timeout=client_timeout,
            prior_rollup_usage=prior_rollup_usage,
        )
        self._driver.own(self.world)  # last: one that could not be made owns nothing

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen; raises `OSError` naming the port if it is taken, `RuntimeError` if the cluster runs already."""
        if self._is_started:
            message = f"the cluster runs already, at {self.url}"
            raise RuntimeError(message)
        if self._was_stopped:
            self._note("the cluster was started again by the test")
        self._count()
        self._start()

    def _count(self) -> None:
        """Let who tells of a test know of the cluster."""
        if not self._is_counted:
            self._is_counted = True
            STARTS.add(self)

    def _start(self) -> None:
        self._is_started = True
        self._was_stopped = False
        try:
            if self._ca_file is not None:
                self._ca_file.write()
            for node in self.nodes:
                if node.is_alive:
                    node.start()
        except BaseException:
            self._stop()
            raise

    def stop(self, *arguments: object, **keywords: object) -> None:
        """Stop the cluster: every connection is closed at once. A stopped one can be started again, on its port."""
        if arguments or keywords:
            message = (
                "RollupCluster.stop() stops the cluster and takes no arguments; to stop a job send the request with "
                "your client, or change the job: rollup_cluster.jobs['sensor'].set_state('stopped')"
            )
            raise TypeError(message)
        if self._is_started:
            self._was_stopped = True
            self._note("the cluster was stopped by the test")
        self._stop()

    def _stop(self) -> None:
        self._is_started = False
        for node in self.nodes:
            node.stop()
        if self._ca_file is not None:
            self._ca_file.remove()

    def reset(self) -> None:
        """Forget jobs, faults, endpoints of the user's, journal, findings and time.

        Requests that are under way are received first. The URL stays, and idle connections do; those that wait or hang
        are closed.
        """
        self._driver.receive_what_is_under_way()
        for node in self.nodes:
            node.server.clear()
            node.server.end_hanging()
        self._share_endpoints()
        with self._driver.lock:
            for node in self.nodes:
                node.service.cut()
            self.world.clear()
            self._driver.restart(self.world)
            self._returned.clear()
        for node in self.nodes:
            if not node.is_alive:
                node.revive(listens=self._is_started)

    def __enter__(self) -> Self:
        """Start the cluster, unless it runs already."""
        if not self._is_started:
            self._count()
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the cluster, and check it unless an exception is on its way."""
        self._stop()
        if error is None:
            self.check()

    def configure(  # noqa: PLR0913  (each is optional and named)
        self,
        *,
        version: object = None,
        jobs: object = None,
        security: object = None,
        strict: object = True,
        unfaked: object = (),
        client_timeout: object = None,
        prior_rollup_usage: object = False,
    ) -> None:
        """Take settings as the constructor does; for shared clusters, whose server stays."""
        self.world.configure(
            version=version,
            security=security,
            strict=strict,
            unfaked=unfaked,
            client_timeout=client_timeout,
            prior_rollup_usage=prior_rollup_usage,
        )
        profile = self.world.profile
        for node in self.nodes:
            node.server.max_header = 16384 if profile is None else profile.max_header
        for id_, keywords in read_jobs(jobs, self.add_job):
            self.add_job(id_, **keywords)

    def _make_nodes(self, count: int, host: str, port: int, context: ssl.SSLContext | None) -> _Nodes:
        """Make the nodes; a port that was asked for is the first one's."""
        self.world.nodes[1:] = [model_nodes.Node(number) for number in range(2, count + 1)]
        return _Nodes(
            Node(self.world, self._driver, node, host, 0 if number else port, context)
            for number, node in enumerate(self.world.nodes)
        )

    def _share_endpoints(self) -> None:
        """Let the nodes have one list of each kind of endpoints of the user's."""
        first = self.nodes[0].server
        for server in (node.server for node in self.nodes[1:]):
            server.handlers = first.handlers
            server.oneshot_handlers = first.oneshot_handlers
            server.ordered_handlers = first.ordered_handlers

    # --- where it is ------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The cluster's URL, that of its first node, without a slash at the end.

        Raises `RuntimeError` before the first start, unless a port was asked for: there is no address yet.
        """
        return self.nodes[0].url

    def url_for(self, path: str) -> str:
        """Return the URL of a path."""
        return self.nodes[0].url_for(path)

    @property
    def host(self) -> str:
        """The address that it listens at."""
        return self.nodes[0].host

    @property
    def port(self) -> int:
        """The port that it listens at; 0 before the first start, unless one was asked for."""
        return self.nodes[0].port

    @property
    def ca_path(self) -> str:
        """The path of a PEM file, there while the cluster runs, with the certificate that clients are to trust.

        It stays the same when a cluster is stopped and started again. For `ca_certs` of the official clients, `verify`
        of requests, `ssl.create_default_context(cafile=...)`, or the environment variable `SSL_CERT_FILE`. Raises
        `RuntimeError` where TLS is off.
        """
        return str(self._secured().path)

    @property
    def ca_fingerprint(self) -> str:
        """The SHA-256 of that certificate in hexadecimal digits, for `ssl_assert_fingerprint` of the official clients.

        Raises `RuntimeError` where TLS is off.
        """
        return self._secured().certificate.fingerprint

    def _secured(self) -> CertificateFile:
        if self._ca_file is None:
            message = "TLS is off in this cluster; turn it on with tls=True (argument or marker)"
            raise RuntimeError(message)
        return self._ca_file

    @property
    def clock(self) -> Clock:
        """The cluster's time; another mode is set by `clock.mode`."""
        return self._clock

    @property
    def version(self) -> Version | Any:  # noqa: ANN401  (so that `version >= "9"` needs no assert before it)
        """The version it was given, a `Version`, or `None`; equal to its text and ordered."""
        return None if self.world.profile is None else self.world.profile.version

    @property
    def security(self) -> Security:
        """The users, API keys and tokens; raises `RuntimeError` where security is off, since nobody would ask for them.

        A cluster begins with the superuser `elastic`, whose password is `changeme`.
        """
        if not self.world.may_be_secured:
            message = "security is off in this cluster; turn it on with security=True (argument or marker)"
            raise RuntimeError(message)
        return self.world.users

    # --- jobs -------------------------------------------------------------------------------------------------

    @property
    def jobs(self) -> Mapping[str, Job]:
        """A snapshot of the jobs by id."""
        with self._driver.reading():
            return _Jobs({id_: Job(self.world, self._driver, job) for id_, job in self.world.jobs.items()})

    def add_job(  # noqa: PLR0913  (each is optional and named)
        self,
        id: str,  # noqa: A002  (the name that it has in Elasticsearch)
        *,
        state: str = "started",
        stop_delay: StopDelay = 0,
        config: Mapping[str, Any] | None = None,
        stats: Mapping[str, int] | None = None,
        runs: bool = False,
        run_duration: Duration = 0,
        run_documents: int = 0,
    ) -> Job:
        """Let a rollup job be there, without the checks of creating one.

        `stop_delay` is how long it takes to wind down when a stop finds it running: a duration, `polls(n)` or `NEVER`.
        `config` overrides parts of a realistic default, `stats` the counters that Get Jobs shows. With `runs` the
        indexer runs when its cron ticks, each time for `run_duration`, and sees `run_documents` documents; without, a
        started job stays started. Raises `ValueError` for an unknown state, a negative delay, unknown stats, an id that
        is taken, a job that runs by a cron that is none, or `run_duration` and `run_documents` without `runs`.
        """
        with self._driver.acting():
            job = self.world.add_job(
                id,
                state=state,
                stop_delay=stop_delay,
                config=config,
                stats=stats,
                runs=runs,
                run_duration=run_duration,
                run_documents=run_documents,
            )
        return Job(self.world, self._driver, job)

    def add_index(self, name: str, mappings: Mapping[str, Any] | None = None) -> None:
        """Let an index be there, which jobs can be created for; `mappings` is as in Create Index.

        Creating a job is held against the fields of the indices that its pattern stands for. On a cluster without a
        version that begins with the first index; before, any pattern will do. An index with `_meta._rollup` is a rollup
        index, and stands for rollup usage. Raises `ValueError` for a name that is taken or that no index can have, and
        for a mapping that is none, `TypeError` for what is no dict; each names what is allowed.
        """
        with self._driver.acting():
            self.world.add_index(name, mappings)

    def stub_search(self, index: str, response: Mapping[str, Any]) -> None:
        """Answer rollup searches of an index with this, if they are such as Elasticsearch would answer.

        The fake aggregates nothing. `response` is a search response, or parts of one, usually `{"aggregations": ...}`;
        what it lacks comes from an empty one. `index` is the name of the index, usually a job's rollup index; the last
        stub counts, until `reset`. Without one the response is that of an index with nothing in it. Raises `TypeError`
        for a response that is no JSON object.
        """
        with self._driver.acting():
            self.world.stub_search(index, response)

    def remove_job(self, id: str) -> None:  # noqa: A002  (the name that it has in Elasticsearch)
        """Let a job vanish as after a delete by somebody else; raises `LookupError` if there is none of this id."""
        with self._driver.acting():
            self.world.remove_job(id)

    # --- faults -----------------------------------------------------------------------------------------------

    def inject(  # noqa: PLR0913  (each but two is optional and named)
        self,
        fault: Injected,
        *,
        on: str | Sequence[str],
        job: str | None = None,
        times: int | Literal["always"] = 1,
        after: int = 0,
        effect: Effect | None = None,
        at: Duration | None = None,
        optional: bool = False,
    ) -> Injection:
        """Let a fault strike requests, or connections: `inject(faults.reset(), on="stop", effect="applied")`.

        `fault` is one of `pytest_rollup_fake.faults`; or a function, called with the `RecordedRequest` at that point
        and without the lock, which may change the cluster and may return a fault; or a list of these, one for each
        request, in which `None` is a clean one. Before the effect a function sees what the client has sent, endpoint
        and job, and not yet what Elasticsearch makes of it (`wait_for_completion`, `user`, `state_before`).

        `on` names one endpoint or several, such as `"stop"`, `"get"` or `"delete"` (as in `RecordedRequest.endpoint`),
        `"*"` for all; or `"connect"` (a connection is made) and `"idle"` (one that was kept alive is used again), which
        need no request. Endpoints of `expect_request` are the test's own, and are not struck.

        `job` asks for requests that name this job. `times` is how often it strikes, or `"always"`; a list goes round so
        often. `after` is how many matching requests are let through first, counted from now on. `effect` says whether
        the request has its effect: `"skipped"` strikes when it is received, `"applied"` in the place of its answer,
        after it has waited; left out, it is the fault's own, mostly `"skipped"`. `at` is a duration: strike once the
        request has been there for so long in fake time, unless it was answered before; if its effect is skipped,
        nothing happens to it until then. Several injections on one endpoint are used up in the order given.

        Returns the `Injection`, whose `hits` counts; `remove()` ends it, and so does leaving it as a context manager.
        One that never struck fails the test, unless it is `optional` or the cluster is not strict. Raises `ValueError`
        or `TypeError` for what cannot be meant, naming the choices.
        """
        with self._driver.acting():
            return self.world.inject(
                fault,
                on=on,
                job=job,
                times=times,
                after=after,
                effect=effect,
                at=at,
                optional=optional,
                guard=self._driver.acting,
            )

    # --- what happened ----------------------------------------------------------------------------------------

    @property
    def requests(self) -> Requests:
        """What has reached the cluster so far, oldest first: a snapshot whose entries are live."""
        self._find_departed()
        with self._driver.reading():
            return self.world.journal()

    @overload
    def wait_for_request(  # type: ignore[overload-overlap]  # 1 is an int too
        self,
        on: str | Sequence[str] | None = None,
        *,
        job: str | None = None,
        parked: bool | None = None,
        outcome: str | None = None,
        count: Literal[1] = 1,
        timeout: Duration = 5,
    ) -> RecordedRequest: ...
    @overload
    def wait_for_request(
        self,
        on: str | Sequence[str] | None = None,
        *,
        job: str | None = None,
        parked: bool | None = None,
        outcome: str | None = None,
        count: int,
        timeout: Duration = 5,
    ) -> list[RecordedRequest]: ...
    def wait_for_request(  # noqa: PLR0913  (filters, each optional and named)
        self,
        on: str | Sequence[str] | None = None,
        *,
        job: str | None = None,
        parked: bool | None = None,
        outcome: str | None = None,
        count: int = 1,
        timeout: Duration = 5,
    ) -> RecordedRequest | list[RecordedRequest]:
        """Wait in real time until requests of this kind have arrived, and return them; each is returned once.

        `on` is one endpoint or several, `parked` asks for requests that wait for a manual clock, `outcome` for one of
        the outcomes. With `count=1` one request is returned, else a list. Raises `TimeoutError` listing what arrived
        instead, and `RuntimeError` at once when it would block a running event loop.
        """
        wanted = Wanted(self._driver, lambda: self.requests, self._returned, on, job, parked, outcome, count)
        until = Real.monotonic() + to_seconds(to_nanoseconds(timeout, name="timeout"))
        while True:
            found = wanted.take()
            if found is not None:
                return found
            if is_in_event_loop():
                message = (
                    "wait_for_request() would block the event loop that the request comes from; "
                    "use `await cluster.wait_for_request_async(...)`"
                )
                raise RuntimeError(message)
            left = until - Real.monotonic()
            if left <= 0:
                raise wanted.timed_out(timeout)
            with self._driver.changed:
                self._driver.changed.wait(min(left, _NOTICE))

    @overload
    async def wait_for_request_async(  # type: ignore[overload-overlap]  # 1 is an int too
        self,
        on: str | Sequence[str] | None = None,
        *,
        job: str | None = None,
        parked: bool | None = None,
        outcome: str | None = None,
        count: Literal[1] = 1,
        timeout: Duration = 5,  # noqa: ASYNC109  (real time, as in the blocking twin)
    ) -> RecordedRequest: ...
    @overload
    async def wait_for_request_async(
        self,
        on: str | Sequence[str] | None = None,
        *,
        job: str | None = None,
        parked: bool | None = None,
        outcome: str | None = None,
        count: int,
        timeout: Duration = 5,  # noqa: ASYNC109  (real time, as in the blocking twin)
    ) -> list[RecordedRequest]: ...
    async def wait_for_request_async(  # noqa: PLR0913  (filters, each optional and named)
        self,
        on: str | Sequence[str] | None = None,
        *,
        job: str | None = None,
        parked: bool | None = None,
        outcome: str | None = None,
        count: int = 1,
        timeout: Duration = 5,  # noqa: ASYNC109  (real time, as in the blocking twin)
    ) -> RecordedRequest | list[RecordedRequest]:
        """Wait as `wait_for_request` does, without blocking the event loop."""
        wanted = Wanted(self._driver, lambda: self.requests, self._returned, on, job, parked, outcome, count)
        until = Real.monotonic() + to_seconds(to_nanoseconds(timeout, name="timeout"))
        while (found := wanted.take()) is None:
            if Real.monotonic() >= until:
                raise wanted.timed_out(timeout)
            await self._driver.nap(_NOTICE / 5)
        return found

    def expect_request(self, *arguments: Any, **keywords: Any) -> RequestHandler:  # noqa: ANN401  (pytest-httpserver's)
        """Add an endpoint of the test's own: `pytest_httpserver.HTTPServer.expect_request`.

        It wins over everything that the cluster itself answers, and is in the journal as endpoint `"custom"`.
        """
        return self.nodes[0].server.expect_request(*arguments, **keywords)

    def check(self) -> None:
        """Raise `RollupClusterError` for what a passing test must not overlook; each finding is reported once.

        Findings are faults that never struck, calls to APIs that are not faked, requests that were parked or waited too
        long, calls of `call_later` that raised or were never made, errors in functions and endpoints of the test's own,
        and errors of the fake.
        """
        findings = self.take_findings()
        if findings:
            raise RollupClusterError("\n\n".join(findings))

    def take_findings(self) -> list[str]:
        """Return what `check` would raise, and consider it reported; what is the same is one, with how often."""
        with self._driver.reading():
            findings = [*self.world.take_findings(), *self._driver.take_findings(self.world)]
        for server in (node.server for node in self.nodes):
            findings += [f"expect_request: {error}" for error in server.assertions]
            findings += [f"expect_request: a handler raised {error!r}" for error in server.handler_errors]
            server.clear_assertions()
            server.clear_handler_errors()
        return [text if times == 1 else f"{text} (× {times:,})" for text, times in Counter(findings).items()]

    def _note(self, text: str) -> None:
        with self._driver.acting():
            self.world.note(text)

    def _find_departed(self) -> None:
        for node in self.nodes:
            node.server.find_departed()

    def __repr__(self) -> str:
        """Show where it is, as which version, and what it has."""
        version = f" {self.version}" if self.version else ""
        place = f"at {self.url}" if self.port else "not started"
        jobs = f"{len(self.world.jobs)} job{'' if len(self.world.jobs) == 1 else 's'}"
        return f"<RollupCluster{version} {place}: {jobs}, {self.clock.mode} clock>"


def _make_ca_file(host: str) -> CertificateFile:
    from .wire.certificate import CertificateFile, certificate_for  # imports ssl, and needs the extra

    return CertificateFile(certificate_for(host))
