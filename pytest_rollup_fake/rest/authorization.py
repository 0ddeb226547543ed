"""Which action each endpoint is, and the 403 for those who may not do it.

Authorization comes after everything that is wrong with the request itself, and before the action looks whether what
it is about exists: a 403 beats a 404.

Sources: AuthorizationService, RBACEngine, AuthorizationDenialMessages, and the NAME of each ActionType.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.privileges import granted_by, is_index_action
from pytest_rollup_fake.model.security import Subject

from . import messages
from .errors import security_exception

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_rollup_fake.model.security import User
    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .errors import ElasticsearchError

ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "stop": "cluster:admin/xpack/rollup/stop",
        "start": "cluster:admin/xpack/rollup/start",
        "put": "cluster:admin/xpack/rollup/put",
        "delete": "cluster:admin/xpack/rollup/delete",
        "get": "cluster:monitor/xpack/rollup/get",
        "caps": "cluster:monitor/xpack/rollup/get/caps",
        "index_caps": "indices:data/read/xpack/rollup/get/index/caps",
        "info": "cluster:monitor/main",
        "health": "cluster:monitor/health",
        "nodes": "cluster:monitor/nodes/info",
        "tasks": "cluster:monitor/tasks/lists",
        "license": "cluster:monitor/xpack/license/get",
        "xpack": "cluster:monitor/xpack/info",
        "create_index": "indices:admin/create",
        "get_index": "indices:admin/get",
        "exists_index": "indices:admin/get",
        "delete_index": "indices:admin/delete",
        "refresh": "indices:admin/refresh",
        "get_mapping": "indices:admin/mappings/get",
        "put_mapping": "indices:admin/mapping/put",
    }
)
"""The action of each endpoint; that of rollup search differs between versions."""


def action_of(endpoint: str, profile: Profile) -> str:
    """Return the action that an endpoint asks for; raises `LookupError` for an endpoint that the table lacks."""
    if endpoint == "search":
        return profile.search_action
    if endpoint not in ACTIONS:
        message = f"rest.authorization.ACTIONS does not say which action endpoint {endpoint!r} is"
        raise LookupError(message)
    return ACTIONS[endpoint]


def authorize(channel: Channel, endpoint: str, indices: Sequence[str] = ()) -> None:
    """Raise a 403 unless whoever sent the request may do this, on all of the indices if it is about some.

    A name with wildcards, as `_all`, asks for the action on any index; Elasticsearch resolves it to what is allowed.
    """
    subject = channel.subject
    if subject is None:
        return
    action = action_of(endpoint, channel.profile)
    if subject.run_as is not None and not _may_run_as(subject, subject.run_as):
        raise security_exception(_run_as_denied(channel.profile, action, subject, subject.run_as), 403)
    if not all(limit.allow(action) for limit in subject.limits):
        raise security_exception(_denied(channel.profile, action, subject), 403)
    if is_index_action(action) and (denied := [name for name in indices if not _may(subject, action, name)]):
        raise security_exception(_denied(channel.profile, action, subject, denied), 403)


def refusal_of(profile: Profile, endpoint: str, user: User) -> ElasticsearchError:
    """Return the 403 that tells a user that it may not do this, whatever it may."""
    action = action_of(endpoint, profile) if endpoint in {*ACTIONS, "search"} else ACTIONS["info"]
    return security_exception(_denied(profile, action, Subject(user)), 403)


def _may(subject: Subject, action: str, index: str) -> bool:
    return index == "_all" or "*" in index or all(limit.allow_on(action, index) for limit in subject.limits)


def _may_run_as(subject: Subject, other: User) -> bool:
    return all(limit.allow_to_run_as(other.name) for limit in subject.own_limits)


def _denied(profile: Profile, action: str, subject: Subject, indices: Sequence[str] = ()) -> str:
    who = _described(subject)
    if subject.run_as is not None:
        who += f" run as [{subject.run_as.name}]"
    if subject.run_as is not None or subject.api_key is None:
        who += _roles(profile, subject.run_as or subject.user)
    text = messages.ACTION_DENIED.format(action=action, who=who)
    if not profile.denial_names_privileges:
        return text
    kind = "index" if is_index_action(action) else "cluster"
    context = messages.on_indices(list(indices)) if indices else ""
    return text + context + messages.granted_by(kind, granted_by(action))


def _run_as_denied(profile: Profile, action: str, subject: Subject, other: User) -> str:
    if profile.denial_names_roles != "effective roles":
        return _denied(profile, action, subject)
    who = _described(subject)
    roles = "" if subject.api_key is not None else _roles(profile, subject.user)
    return messages.ACTION_DENIED.format(action=action, who=who + roles) + messages.RUN_AS_DENIED.format(
        who=who, name=other.name
    )


def _described(subject: Subject) -> str:
    return messages.user_described(subject.user.name, None if subject.api_key is None else subject.api_key.id)


def _roles(profile: Profile, user: User) -> str:
    """Name a user's roles as the version does, at first not at all."""
    if profile.denial_names_roles == "no":
        return ""
    shown = sorted(user.roles) if profile.denial_names_roles == "effective roles" else user.roles
    return f" with {profile.denial_names_roles} [{','.join(shown)}]"
