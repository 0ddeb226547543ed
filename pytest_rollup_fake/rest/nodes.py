"""The nodes, as clients see them that look for more addresses, and the tasks that they run.

Of what Elasticsearch tells of a node there is the head and the part `http`; whoever asks for another part is told that
it is not faked. The only tasks are those of rollup jobs: a node that lists its tasks leaves out those of the listing.

Sources: RestNodesInfoAction, NodesInfoResponse, HttpInfo, RestListTasksAction, ListTasksResponse and TaskInfo of 6.3.2,
7.3.2, 7.17.29, 8.19.21 and 9.5.3; RollupJobTask and PersistentTasksNodeService for what a job's task is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.indexer import wall_clock
from pytest_rollup_fake.model.indices import matches

from . import errors, messages
from .rollup import describe
from .time_value import TimeValue, parse_java_long

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rollup_fake.model.jobs import Task
    from pytest_rollup_fake.model.nodes import Node

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply

_NO_TIMEOUT: Final = TimeValue(-1, "ms")
_TRANSPORT_PORT: Final = 9300
_MAX_CONTENT_LENGTH: Final = 100 * 1024 * 1024  # http.max_content_length

# RestNodesInfoAction.ALLOWED_METRICS: those of 6.3.2, `aggregations` (7.x) and `remote_cluster_server` (8.x).
_METRICS: Final = frozenset(
    (
        *("aggregations", "http", "indices", "ingest", "jvm", "os", "plugins", "process", "remote_cluster_server"),
        *("settings", "thread_pool", "transport"),
    )
)


# --- which nodes -----------------------------------------------------------------------------------------------


def _select(channel: Channel, wanted: Sequence[str]) -> list[Node]:
    """Return the living nodes that are meant (DiscoveryNodes.resolveNodes); roles and attributes mean none."""
    world = channel.world
    living = [node for node in world.nodes if node.is_alive]
    special = {"_local": [world.node(channel.request.node)], "_master": living[:1], "_all": living}
    return [
        node
        for node in living
        if not wanted or any(node in special.get(name, ()) or _is_named(node, name) for name in wanted)
    ]


def _is_named(node: Node, pattern: str) -> bool:
    return pattern == node.id or matches(pattern, node.name) or matches(pattern, _host(node))


def _tokens(text: str | None) -> list[str]:
    return [token.strip() for token in (text or "").split(",") if token.strip()]


def _host(node: Node) -> str:
    return node.publish_address.rpartition(":")[0].strip("[]")


def _head(channel: Channel, node: Node) -> dict[str, Any]:
    """Return what identifies a node; its address in the cluster is made up, since nobody listens there."""
    host = _host(node)
    ip = host if ":" in host or host.replace(".", "").isdigit() else "127.0.0.1"  # a name is one of this machine
    port = _TRANSPORT_PORT + channel.world.nodes.index(node)
    transport = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
    return {"name": node.name, "transport_address": transport, "host": host, "ip": ip}


def _not_faked(channel: Channel, text: str) -> Reply:
    channel.request.endpoint, channel.request.effect = "unfaked", None
    return channel.not_faked(text)


def _character(channel: Channel) -> dict[str, Any]:
    return {"roles": list(channel.profile.node_roles), "attributes": {"xpack.installed": "true"}}


# --- nodes info ------------------------------------------------------------------------------------------------


def get_nodes_info(channel: Channel, parameters: Parameters) -> Action:
    """Describe nodes; a lone part of the path names metrics if it can, else nodes (RestNodesInfoAction)."""
    ids, metrics = _tokens(parameters.text("nodeId", "_all")), _tokens(parameters.text("metrics"))
    if not parameters.has("metrics"):
        is_metrics = parameters.has("nodeId") and set(ids) <= _METRICS
        ids, metrics = (["_all"], ids) if is_metrics else (ids, ["_all"])
    parameters.time("timeout", default=_NO_TIMEOUT, refuse_negative=channel.profile.negative_time_is_refused)
    for name in ("flat_settings", "settings_filter"):
        parameters.text(name)
    human = parameters.boolean("human", default=False)
    return partial(_get_nodes_info, channel, ids, set(metrics), human=human)


def _get_nodes_info(channel: Channel, ids: list[str], metrics: set[str], *, human: bool) -> Reply:
    if missing := sorted((metrics & _METRICS) - {"http"}):
        return _not_faked(
            channel,
            f"{channel.request.method} {channel.request.path} asks for {', '.join(missing)} of nodes, of which "
            f"pytest-rollup-fake knows http only. {channel.way_out}",
        )
    nodes = _select(channel, ids)
    shows_http = "http" in metrics or metrics == {"_all"}
    return channel.success(
        {
            "_nodes": {"total": len(nodes), "successful": len(nodes), "failed": 0},
            "cluster_name": channel.world.cluster_name,
            "nodes": {node.id: _node_info(channel, node, shows_http=shows_http, human=human) for node in nodes},
        }
    )


def _node_info(channel: Channel, node: Node, *, shows_http: bool, human: bool) -> dict[str, Any]:
    profile = channel.profile
    info = {**_head(channel, node), "version": profile.version.number}
    if profile.transport_version is not None:
        info["transport_version"] = profile.transport_version
    if profile.index_version is not None:
        info["index_version"] = profile.index_version
        info["component_versions"] = dict(profile.component_versions)
    info |= {"build_flavor": "default", "build_type": profile.build_type, "build_hash": profile.release.build_hash}
    info |= _character(channel)
    if shows_http:
        info["http"] = {
            "bound_address": [node.publish_address],
            "publish_address": node.publish_address,
            **({"max_content_length": "100mb"} if human else {}),
            "max_content_length_in_bytes": _MAX_CONTENT_LENGTH,
        }
    return info


# --- tasks -----------------------------------------------------------------------------------------------------

_ACTION: Final = "xpack/rollup/job[c]"


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a request to list tasks asks for; `parent` is `None` for tasks of any parent."""

    detailed: bool
    nodes: tuple[str, ...]
    actions: tuple[str, ...]
    parent: str | None
    waits: bool
    group_by: str
    human: bool

    def matches(self, task: Task) -> bool:
        """Say whether a task is meant (BaseTasksRequest.match)."""
        is_meant = not self.actions or any(matches(pattern, _ACTION) for pattern in self.actions)
        return is_meant and self.parent in {None, _parent(task)}


def list_tasks(channel: Channel, parameters: Parameters) -> Action:
    """List the tasks of rollup jobs, if the actions asked for match theirs (RestListTasksAction)."""
    detailed = parameters.boolean("detailed", default=False)
    nodes = tuple(filter(None, (parameters.text("nodes") or "").split(",")))
    actions = tuple(filter(None, (parameters.text("actions") or "").split(",")))
    parent = _read_task_id(parameters.text("parent_task_id"))
    waits = parameters.boolean("wait_for_completion", default=False)
    parameters.time("timeout", default=_NO_TIMEOUT, refuse_negative=channel.profile.negative_time_is_refused)
    group_by = parameters.text("group_by", "nodes") or ""
    human = parameters.boolean("human", default=False)
    return partial(_list_tasks, channel, _Listing(detailed, nodes, actions, parent, waits, group_by, human))


def _read_task_id(text: str | None) -> str | None:
    """Read the id of a task, `node:number` (TaskId)."""
    if not text or text == "unset":
        return None
    node, colon, number = text.partition(":")
    if not colon or ":" in number:
        raise errors.illegal_argument(messages.TASK_ID_MALFORMED.format(text=text))
    if (value := parse_java_long(number)) is None:
        raise errors.illegal_argument(messages.TASK_ID_MALFORMED.format(text=text), errors.number_format(number))
    return f"{node}:{value}"


def _list_tasks(channel: Channel, listing: _Listing) -> Reply:
    if listing.group_by not in {"nodes", "parents", "none"}:
        raise errors.illegal_argument(messages.GROUP_BY_UNKNOWN.format(value=listing.group_by))
    nodes = _select(channel, listing.nodes)
    live = [job.task for job in channel.world.jobs.values() if job.task is not None]
    tasks = [task for task in live if task.node in nodes and listing.matches(task)]
    if listing.waits and tasks:
        return _not_faked(channel, "pytest-rollup-fake does not wait for the tasks of rollup jobs to complete.")
    if listing.detailed:
        channel.request.reads = tuple(task for task in tasks if task.reads_left)
    described = {_task_id(task): _describe(channel, task, listing) for task in tasks}
    if listing.group_by == "none":
        return channel.success({"tasks": list(described.values())})
    if listing.group_by == "parents":  # the tasks' parents are the cluster itself, and never listed
        return channel.success({"tasks": described})
    return channel.success({"nodes": _by_node(channel, tasks, described)})


def _by_node(channel: Channel, tasks: list[Task], described: dict[str, Any]) -> dict[str, Any]:
    """Group tasks by the nodes that run them (ListTasksResponse.groupedByNode); the ip there is an address."""
    grouped: dict[str, Any] = {}
    for task in tasks:
        head = _head(channel, task.node)
        node = {**head, "ip": head["transport_address"], **_character(channel), "tasks": {}}
        grouped.setdefault(task.node.id, node)["tasks"][_task_id(task)] = described[_task_id(task)]
    return grouped


def _describe(channel: Channel, task: Task, listing: _Listing) -> dict[str, Any]:
    """Return a task with its fields in the server's order (TaskInfo.toXContent)."""
    running = task.job.timeline.now - task.started_at
    started = wall_clock(task.started_at)
    details = {
        "status": describe(task.job, channel.profile)["status"],
        "description": f"rollup_{task.job.id}",
    }
    return {
        "node": task.node.id,
        "id": task.id,
        "type": "persistent",
        "action": _ACTION,
        **(details if listing.detailed else {}),
        **({"start_time": _date(started)} if listing.human else {}),
        "start_time_in_millis": started,
        **({"running_time": str(TimeValue(running, "nanos"))} if listing.human else {}),
        "running_time_in_nanos": running,
        "cancellable": True,
        **({"cancelled": False} if channel.profile.cancelled_tasks_are_marked else {}),
        "parent_task_id": _parent(task),
        "headers": {},
    }


def _task_id(task: Task) -> str:
    return f"{task.node.id}:{task.id}"


def _parent(task: Task) -> str:
    """Return the parent of a persistent task: the allocation, which here has the task's own number."""
    return f"cluster:{task.id}"


def _date(milliseconds: int) -> str:
    """Write an instant as Elasticsearch does (strict_date_time)."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
