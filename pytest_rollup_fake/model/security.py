"""Who is who: users, API keys and tokens.

An API key never may more than its user, and stays valid when the user is removed, as a token does. What runs out does
so on the cluster's own clock. This module knows no version and no header; whether a cluster asks for credentials at
all is the world's business.

Sources: ApiKeyService, TokenService.
"""

from __future__ import annotations

import base64
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .durations import to_nanoseconds
from .privileges import Privileges, read_privileges, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from .durations import Duration

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


SUPERUSER: Final = "elastic"
"""The user that a cluster with security begins with."""

DEFAULT_PASSWORD: Final = "changeme"  # noqa: S105  (documented, and of a fake cluster)
"""The superuser's password."""


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
    """An API key: `id` and `api_key`, and `encoded`, the two in one as clients take them. Its repr shows no key."""

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
        shown = (name,) if roles is None else read_texts("roles", roles)
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
