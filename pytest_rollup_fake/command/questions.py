"""What the fake is asked under two versions, so that their answers can be compared.

A question is a request to a small cluster without sockets, in which time stands still. `{rollup}` in its path is
`/_rollup`, or `/_xpack/rollup` in versions that have no other: a client is asked to move, and that is said once, with
the paths. What differs by chance or by number alone (ids, hashes, the version itself) is made alike.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.journal import RecordedRequest
from pytest_rollup_fake.model.timeline import ClockMode, Timeline
from pytest_rollup_fake.model.waiting import Wait
from pytest_rollup_fake.model.world import World
from pytest_rollup_fake.rest.handle import handle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.versions import Profile
    from pytest_rollup_fake.rest.reply import Reply

_CONFIG: Final[Mapping[str, Any]] = {
    "index_pattern": "sensor-*",
    "rollup_index": "new_rollup",
    "cron": "*/30 * * * * ?",
    "page_size": 1000,
    "groups": {"date_histogram": {"field": "timestamp", "interval": "1h"}},
}
_FIXED: Final = {**_CONFIG, "groups": {"date_histogram": {"field": "timestamp", "fixed_interval": "1h"}}}
_SEARCH: Final = {"size": 0, "aggregations": {"hottest": {"max": {"field": "temperature"}}}}
_RUNNING: Final = {"sensor": "indexing"}


@dataclass(frozen=True)
class Question:
    """A request and the cluster it is for.

    `subject` is one of `BEHAVIOURS`; `jobs` maps ids to states, and a job that is `indexing` takes a day to stop.
    """

    subject: str
    title: str
    request: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()
    jobs: Mapping[str, str] = field(default_factory=lambda: {"sensor": "started"})
    is_secured: bool = False


def _as_client_of(major: int) -> tuple[tuple[str, str], ...]:
    return (("Accept", f"application/vnd.elasticsearch+json; compatible-with={major}"),)


QUESTIONS: Final = (
    Question("stop", "a job that is started", "POST {rollup}/job/sensor/_stop"),
    Question("stop", "a missing job", "POST {rollup}/job/missing/_stop"),
    Question("stop", "waiting for it", "POST {rollup}/job/sensor/_stop?wait_for_completion=true"),
    Question(
        *("stop", "a wait that times out"),
        "POST {rollup}/job/sensor/_stop?wait_for_completion=true&timeout=10s",
        jobs=_RUNNING,
    ),
    Question("stop", "a negative timeout", "POST {rollup}/job/sensor/_stop?timeout=-5s"),
    Question("stop", "with a body", "POST {rollup}/job/sensor/_stop", body={}),
    Question("start", "a job that is stopped", "POST {rollup}/job/sensor/_start", jobs={"sensor": "stopped"}),
    Question("start", "a job that is started", "POST {rollup}/job/sensor/_start"),
    Question("start", "a missing job", "POST {rollup}/job/missing/_start"),
    Question("delete", "a job that is stopped", "DELETE {rollup}/job/sensor", jobs={"sensor": "stopped"}),
    Question("delete", "a job that is started", "DELETE {rollup}/job/sensor"),
    Question("delete", "a missing job", "DELETE {rollup}/job/missing"),
    Question("get", "a job", "GET {rollup}/job/sensor"),
    Question("get", "a missing job", "GET {rollup}/job/missing"),
    Question("put", "a job with `interval`", "PUT {rollup}/job/new", body=_CONFIG),
    Question("put", "a job with `fixed_interval`", "PUT {rollup}/job/new", body=_FIXED),
    Question("put", "the first job of a cluster", "PUT {rollup}/job/new", body=_CONFIG, jobs={}),
    Question(
        "put", "a job that is there", "PUT {rollup}/job/sensor", body={**_CONFIG, "rollup_index": "sensor_rollup"}
    ),
    Question("put", "an unknown field", "PUT {rollup}/job/new", body={**_CONFIG, "page_sizes": 10}),
    Question(
        "put",
        "a field that its indices do not have",
        "PUT {rollup}/job/new",
        body={**_CONFIG, "groups": {"date_histogram": {"field": "time", "interval": "1h"}}},
    ),
    Question("put", "no body", "PUT {rollup}/job/new"),
    Question("put", "broken JSON", "PUT {rollup}/job/new", body="{x"),
    Question("caps", "a pattern of indices", "GET {rollup}/data/sensor-*"),
    Question("index_caps", "a rollup index", "GET /sensor_rollup{rollup}/data"),
    Question("index_caps", "a missing index", "GET /missing{rollup}/data"),
    Question("search", "a rollup index", "POST /sensor_rollup/_rollup_search", body=_SEARCH),
    Question("search", "a missing index", "POST /missing/_rollup_search", body=_SEARCH),
    Question("search", "without aggregations", "POST /sensor_rollup/_rollup_search", body={"size": 0}),
    Question("indices", "create an index", "PUT /new", body={"mappings": {"properties": {"at": {"type": "date"}}}}),
    Question(
        "indices",
        "create an index, with a type",
        "PUT /new",
        body={"mappings": {"_doc": {"properties": {"at": {"type": "date"}}}}},
    ),
    Question("indices", "a missing index", "GET /missing"),
    Question("indices", "delete by a pattern", "DELETE /sensor*"),
    Question("indices", "the mapping of an index", "GET /sensor-2024/_mapping"),
    Question(
        "indices", "a new field in a mapping", "PUT /sensor-2024/_mapping", body={"properties": {"x": {"type": "long"}}}
    ),
    Question("health", "of the cluster", "GET /_cluster/health"),
    Question("license", "of the cluster", "GET /_license"),
    Question("license", "with accept_enterprise", "GET /_license?accept_enterprise=true"),
    Question("xpack", "the license", "GET /_xpack?categories=license"),
    Question("nodes", "in short", "GET /_nodes/_none"),
    Question("tasks", "in short", "GET /_tasks"),
    Question("info", "of the cluster", "GET /"),
    Question("http", "a missing job by a client for 7.x", "GET {rollup}/job/missing", headers=_as_client_of(7)),
    Question("http", "a missing job by a client for 8.x", "GET {rollup}/job/missing", headers=_as_client_of(8)),
    Question("http", "a missing job by a client for 9.x", "GET {rollup}/job/missing", headers=_as_client_of(9)),
    Question("http", "the old path", "GET /_xpack/rollup/job/missing"),
    Question("http", "the old path, by a client for 7.x", "GET /_xpack/rollup/job/missing", headers=_as_client_of(7)),
    Question("http", "an unknown parameter", "GET {rollup}/job/sensor?verbose=true"),
    Question("http", "two values of X-Opaque-Id", "GET /", headers=(("X-Opaque-Id", "a"), ("X-Opaque-Id", "b"))),
    Question("security", "no credentials", "POST {rollup}/job/sensor/_stop", is_secured=True),
    Question(
        *("security", "a wrong password", "POST {rollup}/job/sensor/_stop"),
        headers=(("Authorization", "Basic Z3Vlc3Q6d3Jvbmc="),),
        is_secured=True,
    ),
    Question(
        *("security", "a user who may only read", "POST {rollup}/job/sensor/_stop"),
        headers=(("Authorization", "Basic Z3Vlc3Q6c2VjcmV0"),),
        is_secured=True,
    ),
)

Answer = dict[str, str]
"""What a client sees: parts of an answer (`status`, `header Warning`, `body error.type`) with their values."""


def ask(question: Question, profile: Profile) -> Answer:
    """Return the answer of a version to a question."""
    world = _cluster(question, profile)
    method, _, target = question.request.format(rollup=rollup_path(profile)).partition(" ")
    content_type = () if question.body is None else (("Content-Type", "application/json"),)
    request = RecordedRequest(method, target, (*question.headers, *content_type), _to_bytes(question.body))
    world.receive(request)
    result = handle(request, world)
    if not isinstance(result, Wait):
        return _read(result, world, profile)
    answers: list[Reply] = []
    result.begin(world.timeline, answers.append)
    world.timeline.step(result.looks.deadline)
    return _read(answers[0], world, profile)


def rollup_path(profile: Profile) -> str:
    """Return what the paths of a version's rollup API begin with."""
    return "/_rollup" if profile.rollup_paths else "/_xpack/rollup"


def _to_bytes(body: object) -> bytes:
    if body is None:
        return b""
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _cluster(question: Question, profile: Profile) -> World:
    world = World(Timeline(ClockMode.MANUAL, lambda: 0))
    world.configure(
        version=profile.version,
        security=True if question.is_secured else None,
        strict=False,
        unfaked=True,
        client_timeout=None,
    )
    world.users.add_user("guest", "secret", cluster=["monitor_rollup"])
    world.add_index("sensor-2024", {"properties": {"timestamp": {"type": "date"}}})
    for id_, state in question.jobs.items():
        delay = "1d" if state == "indexing" else 0
        world.add_job(id_, state=state, stop_delay=delay, config=None, stats=None)
    return world


# --- reading an answer ------------------------------------------------------------------------------------------

# What says nothing of its own: the first cause repeats the error, the body's status that of the answer.
_REPEATED: Final = re.compile(r"body (error\.root_cause.*|error\.header\..*|status|license\.uid)")


def _read(reply: Reply, world: World, profile: Profile) -> Answer:
    """Return an answer in parts, without what differs by chance."""
    answer = {"status": str(reply.status)}
    for name, value in reply.headers:
        part, shown = f"header {name}", _without_chance(value, world, profile)
        answer[part] = f"{answer[part]}, {shown}" if part in answer else shown
    text = _without_chance(reply.body.decode(), world, profile)
    try:
        body = _parts(json.loads(text), "body")
    except ValueError:
        body = {"body": text}
    return answer | {part: value for part, value in body.items() if not _REPEATED.fullmatch(part)}


def _without_chance(text: str, world: World, profile: Profile) -> str:
    release = profile.release
    chances = {
        release.build_hash: "HASH",
        release.build_date: "DATE",
        release.number: "VERSION",
        release.lucene: "LUCENE",
        world.cluster_uuid: "CLUSTER",
        world.nodes[0].id: "NODE",
    }
    for chance, alike in chances.items():
        text = text.replace(chance, alike)
    return re.sub(rf"\b{re.escape(profile.version.line)}\b", "LINE", text)


def _parts(value: object, place: str) -> Answer:
    match value:
        case dict() if value:
            joint = " " if place == "body" else "."
            parts = [_parts(inner, f"{place}{joint}{key}") for key, inner in value.items()]
        case list() if any(isinstance(inner, (dict, list)) for inner in value):
            parts = [_parts(inner, f"{place}[{number}]") for number, inner in enumerate(value)]
        case _:
            return {place: value if isinstance(value, str) else json.dumps(value)}
    return {part: text for inner in parts for part, text in inner.items()}
