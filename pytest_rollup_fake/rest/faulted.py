"""What a client is told when a fault strikes its request: each fault as the version puts it, or as a proxy does.

A fault of the wire leaves nothing to say, or an answer that something happens to: then it goes along as `delivery`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.faults import Fault, Refusal, Response, Truncate
from pytest_rollup_fake.model.privileges import Privileges
from pytest_rollup_fake.model.security import User

from . import authentication, authorization, credentials, errors, messages
from .errors import ElasticsearchError
from .handle import prepare
from .reply import NOTHING, Reply

if TYPE_CHECKING:
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.nodes import Node
    from pytest_rollup_fake.model.world import World

    from .channel import Channel

_ACKNOWLEDGED: Final = {"stop": "stopped", "start": "started"}
_EVENTS: Final = {"put": "create rollup job", "create_index": "create-index", "delete_index": "delete-index"}
_ROLES: Final = ("monitoring",)
_NO_BODY: Final = frozenset({204, 304})


def strike(fault: Fault, request: RecordedRequest, world: World, answer: Reply | None) -> Reply:
    """Return what a fault makes of the answer to a request; `None`: there is none."""
    if isinstance(fault, Response):
        return Reply(fault.status, fault.headers, fault.body)
    if isinstance(fault, Refusal):
        return _refuse(fault, request, world)
    return (answer if fault.needs_answer and answer is not None else NOTHING)._replace(delivery=fault)


def can_be_cut(fault: Truncate, request: RecordedRequest, answer: Reply) -> bool:
    """Say whether an answer has so many bytes of a body that something is cut off."""
    if fault.at == "head":
        return True
    has_body = request.method != "HEAD" and answer.status not in _NO_BODY
    return has_body and len(answer.body) > (fault.at or 0)


def _refuse(fault: Refusal, request: RecordedRequest, world: World) -> Reply:
    endpoint, job = request.endpoint, request.job
    channel = prepare(request, world)
    request.endpoint, request.job = endpoint, job
    if fault.kind == "not_acknowledged":
        return channel.success({_ACKNOWLEDGED.get(endpoint, "acknowledged"): False})
    return channel.failure(_error(fault, channel))


def _error(fault: Refusal, channel: Channel) -> ElasticsearchError:  # noqa: PLR0911  (a line for each)
    request, profile, given = channel.request, channel.profile, dict(fault.arguments)
    match fault.kind:
        case "too_many_requests":
            return errors.rejected_execution(channel.world.node(request.node).name)
        case "circuit_breaking":
            return errors.circuit_breaking(profile)
        case "no_master":
            return errors.master_not_discovered(_message_without_master(channel))
        case "cluster_block":
            return errors.cluster_block(given.get("index"), profile)
        case "process_cluster_event_timeout":
            return errors.process_cluster_event_timeout(_event(request), profile)
        case "failed_node":
            action = authorization.ACTIONS.get(request.endpoint, authorization.ACTIONS["stop"])
            return errors.failed_node(_node_that_failed(request, channel.world), action)
        case "state_update_failed":
            return _state_update_failed(channel)
        case "unauthenticated":
            return authentication.refusal_of(channel)
        case "forbidden":
            return authorization.refusal_of(profile, request.endpoint, _user(request, given))
        case _:
            return _any_error(given)


def _message_without_master(channel: Channel) -> str | None:
    """Return the message of actions that hand a request to the master themselves; TransportMasterNodeAction has none.

    Delete Job does so since it asks the job's task first (#34574).
    """
    endpoint = channel.request.endpoint
    looks_itself = endpoint == "get" or (endpoint == "delete" and channel.profile.delete_needs_stopped)
    return messages.NO_KNOWN_MASTER if looks_itself else None


def _event(request: RecordedRequest) -> str:
    return _EVENTS.get(request.endpoint) or messages.STATE_UPDATE.format(task=request.job or "")


def _node_that_failed(request: RecordedRequest, world: World) -> Node:
    """Return the node that runs the job, else one that was not asked, if there is one."""
    job = world.jobs.get(request.job or "")
    if job is not None and job.task is not None:
        return job.task.node
    return next((node for node in reversed(world.nodes) if node.name != request.node), world.nodes[0])


def _state_update_failed(channel: Channel) -> ElasticsearchError:
    request = channel.request
    state = "STARTED" if request.endpoint == "start" else "STOPPED"
    cause = errors.process_cluster_event_timeout(_event(request), channel.profile)
    return errors.elasticsearch_exception(
        messages.STATE_UPDATE_FAILED.format(job=request.job or "", state=state), cause
    )


def _user(request: RecordedRequest, given: dict[str, Any]) -> User:
    sent = credentials.read(request.headers.get("authorization"))
    named = sent.name if isinstance(sent, credentials.Password) else "guest"
    return User(given.get("user") or request.user or named, "", given.get("roles", _ROLES), Privileges())


def _any_error(given: dict[str, Any]) -> ElasticsearchError:
    error = ElasticsearchError(
        f"org.elasticsearch.{errors.class_name(given['type'])}", given["reason"], given["status"]
    )
    error.type = given["type"]  # whatever its spelling
    return error
