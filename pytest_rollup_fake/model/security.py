"""Who may do what: users, API keys, tokens, and the privileges that they have.

A privilege grants actions, such as `cluster:admin/xpack/rollup/stop`, by patterns with `*`. Of the privileges that
Elasticsearch knows, those that grant no action of the fake are known by name only. An API key never may more than its
user, and keeps working when the user is removed, as a token does. What runs out does so on the cluster's own clock.

This module knows no version and no header; whether a cluster asks for credentials at all is the world's business.

Sources: ClusterPrivilegeResolver, IndexPrivilege, ApiKeyService, TokenService.
"""

from __future__ import annotations

import base64
import contextlib
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .durations import to_nanoseconds

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .durations import Duration

SUPERUSER: Final = "elastic"
"""The user that a cluster with security begins with."""

DEFAULT_PASSWORD: Final = "changeme"  # noqa: S105  (documented, and of a fake cluster)
"""The superuser's password."""

_ROLLUP_READS: Final = "cluster:monitor/xpack/rollup/*"
_INDEX_CAPS: Final = "indices:data/read/xpack/rollup/get/index/caps*"

# From least to most powerful, which is the order in which a denial names them (sortByAccessLevel).
_CLUSTER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "monitor_rollup": (_ROLLUP_READS,),
        "manage_rollup": (_ROLLUP_READS, "cluster:admin/xpack/rollup/*"),
        "monitor": ("cluster:monitor/*",),
        "manage": ("cluster:*",),
        "all": ("cluster:*",),
    }
)
_INDEX: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "create_index": ("indices:admin/create",),
        "delete_index": ("indices:admin/delete",),
        "maintenance": ("indices:admin/refresh*",),
        "read": ("indices:data/read/*",),
        "view_index_metadata": ("indices:admin/get", _INDEX_CAPS),
        "manage": ("indices:admin/*", "indices:monitor/*", _INDEX_CAPS),
        "all": ("indices:*",),
    }
)

CLUSTER_PRIVILEGES: Final = frozenset(
    (
        *_CLUSTER,
        *["cancel_task", "create_snapshot", "cross_cluster_replication", "cross_cluster_search", "delegate_pki", "grant_api_key", "manage_api_key", "manage_autoscaling", "manage_behavioral_analytics", "manage_ccr", "manage_connector", "manage_data_frame_transforms", "manage_data_stream_global_retention", "manage_enrich", "manage_ilm", "manage_index_templates", "manage_inference", "manage_ingest_pipelines", "manage_logstash_pipelines", "manage_ml", "manage_oidc", "manage_own_api_key", "manage_pipeline", "manage_saml", "manage_search_application", "manage_search_query_rules", "manage_search_synonyms", "manage_security", "manage_service_account", "manage_slm", "manage_token", "manage_transform", "manage_user_profile", "manage_watcher", "monitor_connector", "monitor_data_frame_transforms", "monitor_data_stream_global_retention", "monitor_enrich", "monitor_esql", "monitor_inference", "monitor_ml", "monitor_snapshot", "monitor_stats", "monitor_text_structure", "monitor_transform", "monitor_watcher", "none", "post_behavioral_analytics_event", "read_ccr", "read_connector_secrets", "read_fleet_secrets", "read_ilm", "read_pipeline", "read_security", "read_slm", "transport_client", "write_connector_secrets", "write_fleet_secrets"],
    )
)
"""The cluster privileges of all versions."""

INDEX_PRIVILEGES: Final = frozenset(
    (
        *_INDEX,
        *["auto_configure", "create", "create_doc", "cross_cluster_replication", "cross_cluster_replication_internal", "delete", "index", "manage_data_stream_lifecycle", "manage_failure_store", "manage_follow_index", "manage_ilm", "manage_leader_index", "monitor", "none", "read_cross_cluster", "read_failure_store", "write"],
    )
)
"""The index privileges of all versions."""


def is_index_action(action: str) -> bool:
    """Say whether an action is allowed index by index, not for the cluster as a whole."""
    return action.startswith("indices:")


def granted_by(action: str) -> list[str]:
    """Name the privileges that grant an action, the least powerful first."""
    table = _INDEX if is_index_action(action) else _CLUSTER
    return [name for name, patterns in table.items() if _matches(action, patterns)]


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Privileges:
    """What a role allows: patterns of actions on the cluster, on the indices of a pattern, and whom to run as."""

    cluster: tuple[str, ...] = ()
    indices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    run_as: tuple[str, ...] = ()

    def allow(self, action: str) -> bool:
        """Say whether they allow an action on the cluster, or on any index at all."""
        if is_index_action(action):
            return any(_matches(action, actions) for _, actions in self.indices)
        return _matches(action, self.cluster)

    def allow_on(self, action: str, index: str) -> bool:
        """Say whether they allow an action on an index."""
        return any(_matches(index, [pattern]) and _matches(action, actions) for pattern, actions in self.indices)

    def allow_to_run_as(self, name: str) -> bool:
        """Say whether they allow to act in another user's name."""
        return _matches(name, self.run_as)


def read_privileges(
    cluster: Iterable[str], indices: Mapping[str, Iterable[str]] | None, run_as: Iterable[str] = ()
) -> Privileges:
    """Read privileges as Python gives them; raises `ValueError` naming the known ones for one that is none of them."""
    if not isinstance(indices, Mapping | None):
        message = f"indices maps patterns of index names to lists of privileges, it is not {indices!r}"
        raise TypeError(message)
    by_index = () if indices is None else tuple(indices.items())
    return Privileges(
        _actions("cluster", cluster, _CLUSTER, CLUSTER_PRIVILEGES),
        tuple((name, _actions(f"indices[{name!r}]", given, _INDEX, INDEX_PRIVILEGES)) for name, given in by_index),
        _texts("run_as", run_as),
    )


def _actions(
    where: str, names: Iterable[str], granting: Mapping[str, tuple[str, ...]], known: frozenset[str]
) -> tuple[str, ...]:
    """Return the patterns of actions that privileges stand for; an action's own name is one too."""
    patterns: list[str] = []
    for name in _texts(where, names):
        if name.startswith(("cluster:", "indices:")):
            patterns.append(f"{name}*")
        elif name in known:
            patterns.extend(granting.get(name, ()))
        else:
            message = f"{where}: unknown privilege {name!r}; known are {', '.join(sorted(known))}, or an action's name"
            raise ValueError(message)
    return tuple(patterns)


def _texts(where: str, names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, (list, tuple, set, frozenset)) and all(isinstance(name, str) for name in names):
        return tuple(names)
    message = f"{where} is a list of texts, not {names!r}"
    raise TypeError(message)


@dataclass(frozen=True, slots=True)
class User:
    """A user; `roles` are the names that a denial shows. The password shows in no repr."""

    name: str
    password: str = field(repr=False)
    roles: tuple[str, ...]
    privileges: Privileges


class Credential:
    """What stands for a user until it runs out or is revoked."""

    def __init__(self, security: Security, user: User, expires_in: Duration | None) -> None:
        self._security = security
        self.user: Final = user.name
        self.owner: Final = user
        self.is_revoked = False
        self._expires_at = (
            None if expires_in is None else security.now() + to_nanoseconds(expires_in, name="expires_in")
        )

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self._expires_at is not None and self._security.now() >= self._expires_at

    def expire(self) -> None:
        """Let its time be over."""
        with self._security.guard():
            self._expires_at = self._security.now()

    def revoke(self) -> None:
        """Make it invalid, as the API that deletes it does."""
        with self._security.guard():
            self.is_revoked = True


class ApiKey(Credential):
    """An API key: `id` and `api_key`, and `encoded`, the two in one as clients take them. Its repr shows the id only."""

    def __init__(  # noqa: PLR0913, PLR0917  (made by `Security.add_api_key` only)
        self,
        security: Security,
        id_: str,
        api_key: str,
        user: User,
        privileges: Privileges | None,
        expires_in: Duration | None,
    ) -> None:
        super().__init__(security, user, expires_in)
        self.id: Final = id_
        self.api_key: Final = api_key
        self.privileges: Final = privileges

    @property
    def encoded(self) -> str:
        """The text behind `Authorization: ApiKey`."""
        return base64.b64encode(f"{self.id}:{self.api_key}".encode()).decode()

    def __repr__(self) -> str:
        """Show the id and the user."""
        return f"<ApiKey {self.id!r} of {self.user!r}>"


class AccessToken(Credential):
    """A bearer token, as text in `token`; its repr does not show it."""

    def __init__(self, security: Security, token: str, user: User, expires_in: Duration | None) -> None:
        super().__init__(security, user, expires_in)
        self.token: Final = token

    def __repr__(self) -> str:
        """Show the user."""
        return f"<AccessToken of {self.user!r}>"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a request comes from: a user, by an API key or not, perhaps in the name of another user."""

    user: User
    api_key: ApiKey | None = None
    run_as: User | None = None

    @property
    def limits(self) -> tuple[Privileges, ...]:
        """The privileges that all have to allow what is done."""
        if self.run_as is not None:
            return (self.run_as.privileges,)
        return self.own_limits

    @property
    def own_limits(self) -> tuple[Privileges, ...]:
        """The same, without regard to another user's name."""
        limited = None if self.api_key is None else self.api_key.privileges
        return (self.user.privileges,) if limited is None else (self.user.privileges, limited)


class Security:
    """The users, API keys and tokens of a cluster: `RollupCluster.security`.

    It begins with the superuser `elastic`, whose password is `changeme`; a reset of the cluster returns to that.
    """

    def __init__(
        self, now: Callable[[], int], guard: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    ) -> None:
        self.now = now
        self.guard = guard
        self.clear()

    def clear(self) -> None:
        """Forget everything but the superuser."""
        self._users: dict[str, User] = {}
        self._api_keys: dict[str, ApiKey] = {}
        self._tokens: dict[str, AccessToken] = {}
        everything = read_privileges(["all"], {"*": ["all"]}, ["*"])
        self._users[SUPERUSER] = User(SUPERUSER, DEFAULT_PASSWORD, ("superuser",), everything)

    # --- what a test calls ------------------------------------------------------------------------------------

    def add_user(  # noqa: PLR0913  (each is optional and named)
        self,
        name: str,
        password: str,
        *,
        cluster: Iterable[str] = (),
        indices: Mapping[str, Iterable[str]] | None = None,
        roles: Iterable[str] | None = None,
        run_as: Iterable[str] = (),
    ) -> None:
        """Add a user with cluster privileges such as `["monitor_rollup"]`; without any, everything is forbidden.

        `indices` maps patterns of index names to index privileges, which rollup search and index capabilities ask for
        (`{"sensor_rollup*": ["read"]}`). `roles` are the names that the text of a 403 shows, else one of the user's
        own name; they grant nothing. `run_as` are patterns of the users in whose name this one may act, by the header
        `es-security-runas-user`. Raises `ValueError` for a user that is there already and for an unknown privilege.
        """
        _check_text("a user's name", name)
        _check_text("a password", password, colon=True)
        privileges = read_privileges(cluster, indices, run_as)
        shown = (name,) if roles is None else _texts("roles", roles)
        with self.guard():
            _check_new("user", name, self._users)
            self._users[name] = User(name, password, shown, privileges)

    def set_password(self, name: str, password: str) -> None:
        """Change a user's password; API keys and tokens stay valid. Raises `LookupError` for an unknown user."""
        _check_text("a password", password, colon=True)
        with self.guard():
            user = self._user(name)
            self._users[name] = User(name, password, user.roles, user.privileges)

    def remove_user(self, name: str) -> None:
        """Remove a user; its API keys and tokens stay valid. Raises `LookupError` for an unknown one."""
        with self.guard():
            del self._users[self._user(name).name]

    def add_api_key(  # noqa: PLR0913  (each is optional and named)
        self,
        id: str,  # noqa: A002  (the name that it has in Elasticsearch)
        api_key: str,
        *,
        user: str,
        cluster: Iterable[str] | None = None,
        indices: Mapping[str, Iterable[str]] | None = None,
        expires_in: Duration | None = None,
    ) -> ApiKey:
        """Add an API key of a user, and return what a client needs: `id` and `api_key`, or `encoded`.

        With `cluster` or `indices` it may only what they and the user's own privileges allow, without them what the
        user may. It runs out after `expires_in` of the cluster's own time, or with `expire()`; `revoke()` makes it
        invalid. Raises `ValueError` for an id that is taken or an unknown privilege, `LookupError` for an unknown user.
        """
        _check_text("the id of an API key", id)
        _check_text("an API key", api_key, colon=True)
        limited = None if cluster is None and indices is None else read_privileges(cluster or (), indices)
        with self.guard():
            _check_new("API key", id, self._api_keys)
            added = self._api_keys[id] = ApiKey(self, id, api_key, self._user(user), limited, expires_in)
        return added

    def add_token(self, token: str, *, user: str, expires_in: Duration | None = None) -> AccessToken:
        """Add a bearer token of a user, which may what the user may.

        It runs out after `expires_in` of the cluster's own time, or with `expire()`; `revoke()` makes it invalid.
        Raises `ValueError` for a token that is there already, `LookupError` for an unknown user.
        """
        _check_text("a token", token, colon=True)
        with self.guard():
            if token in self._tokens:
                message = f"there is this token already; it is one of user {self._tokens[token].user!r}"
                raise ValueError(message)
            added = self._tokens[token] = AccessToken(self, token, self._user(user), expires_in)
        return added

    def __repr__(self) -> str:
        """Show the users' names."""
        return f"<Security: users {', '.join(map(repr, self._users))}>"

    # --- what a request asks ----------------------------------------------------------------------------------

    def find_user(self, name: str) -> User | None:
        """Return a user."""
        return self._users.get(name)

    def find_api_key(self, id_: str) -> ApiKey | None:
        """Return the API key of an id, valid or not."""
        return self._api_keys.get(id_)

    def find_token(self, token: str) -> AccessToken | None:
        """Return a token, valid or not."""
        return self._tokens.get(token)

    @property
    def has_api_keys(self) -> bool:
        """Whether an API key was ever made, so that somebody has turned their service on."""
        return bool(self._api_keys)

    @property
    def has_tokens(self) -> bool:
        """Whether a token was ever made, so that somebody has turned their service on."""
        return bool(self._tokens)

    def _user(self, name: str) -> User:
        if name not in self._users:
            message = f"there is no user {name!r}; the users are {', '.join(map(repr, self._users)) or 'none'}"
            raise LookupError(message)
        return self._users[name]


def _check_text(what: str, text: object, *, colon: bool = False) -> None:
    """Refuse what no client could send; a colon ends a name in HTTP. The text itself may be a secret."""
    if not isinstance(text, str):
        message = f"{what} is a text, not of type {type(text).__name__}"
        raise TypeError(message)
    if not text or (":" in text and not colon):
        message = f"{what} is not empty" + ("" if colon else " and has no colon")
        raise ValueError(message)


def _check_new(what: str, name: str, known: Mapping[str, object]) -> None:
    if name in known:
        message = f"there is {what} {name!r} already"
        raise ValueError(message)
