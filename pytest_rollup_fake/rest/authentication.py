"""Whom a request comes from, and the 401 for what does not prove it.

Credentials are looked at before anything else, or in older versions once the route is known; `rest.handle` knows when.
A 401 lists how one could have proved it: with a password always, with a token or an API key where their services are
on. With TLS both are; over plain HTTP that is where a test has made one, and API keys from 8.0 on by themselves.

Sources: XPackSettings, AuthenticatorChain, RealmsAuthenticator, ApiKeyAuthenticator, OAuth2TokenAuthenticator,
TokenService, Security and DefaultAuthenticationFailureHandler; AuthenticationService before 7.16.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.privileges import Privileges
from pytest_rollup_fake.model.security import SUPERUSER, Subject, User

from . import credentials, errors, messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .channel import Channel
    from .errors import ElasticsearchError

_NO_FIELDS: Mapping[str, object] = MappingProxyType({})
_RUN_AS: Final = "es-security-runas-user"  # AuthenticationServiceField.RUN_AS_USER_HEADER


def authenticate(channel: Channel) -> None:
    """Note in the channel and the journal whom the request comes from; raises a 401 if it does not prove it."""
    if not channel.world.is_secured(channel.profile):
        return
    subject = _run_as(channel, _subject(channel))
    channel.subject = subject
    channel.request.user = subject.user.name


def _subject(channel: Channel) -> Subject:
    match credentials.read(channel.request.headers.get("authorization")):
        case credentials.Password() as sent:
            return _by_password(channel, sent)
        case credentials.Key() as sent if _takes_api_keys(channel):
            return _by_api_key(channel, sent)
        case credentials.Bearer() as sent:
            return _by_token(channel, sent)
        case credentials.Unreadable("basic", cause):
            raise _unreadable_password(channel, cause)
        case credentials.Unreadable(_, cause) if _takes_api_keys(channel):
            raise _failed(channel, messages.API_KEY_REFUSED.format(cause=cause or messages.API_KEY_UNREADABLE))
        case _:
            raise _missing(channel)


# --- the three kinds of credentials ----------------------------------------------------------------------------


def _by_password(channel: Channel, sent: credentials.Password) -> Subject:
    user = channel.world.users.find_user(sent.name)
    if user is None or user.password != sent.password:
        raise _refused_user(channel, sent.name)
    return Subject(user)


def _by_api_key(channel: Channel, sent: credentials.Key) -> Subject:
    shown = sent.id if channel.profile.names_failed_api_key else None
    key = channel.world.users.find_api_key(sent.id)
    if key is None:
        cause = messages.API_KEY_UNKNOWN.format(id=sent.id)
    elif key.is_revoked:
        cause = messages.api_key_revoked(shown)
    elif key.api_key != sent.key:
        cause = messages.api_key_wrong(shown)
    elif key.is_expired:
        cause = messages.API_KEY_EXPIRED
    else:
        return Subject(key.owner, key)
    raise _failed(channel, messages.API_KEY_REFUSED.format(cause=cause))


def _by_token(channel: Channel, sent: credentials.Bearer) -> Subject:
    """Look a token up; a revoked one is answered as one that has run out (TokenService.checkIfTokenIsValid)."""
    token = channel.world.users.find_token(sent.token)
    if token is None:
        raise _failed(channel, messages.TOKEN_INVALID)
    if token.is_expired or token.is_revoked:
        raise _unauthenticated(messages.TOKEN_EXPIRED, (messages.EXPIRED_CHALLENGE,))
    return Subject(token.owner)


def _takes_api_keys(channel: Channel) -> bool:
    profile, world = channel.profile, channel.world
    return "ApiKey" in profile.challenges and (profile.api_keys_by_default or world.tls or world.users.has_api_keys)


def _run_as(channel: Channel, subject: Subject) -> Subject:
    """Let a user act in another one's name; whether it may is decided with the action (lookupRunAsUser)."""
    name = channel.request.headers.get(_RUN_AS)
    if name is None or (subject.api_key is not None and not channel.profile.runs_as_with_api_key):
        return subject
    if not name:
        raise _refused_user(channel, subject.user.name)
    other = channel.world.users.find_user(name) or User(name, "", (), Privileges())
    return Subject(subject.user, subject.api_key, run_as=other)


def refusal_of(channel: Channel) -> ElasticsearchError:
    """Return the 401 for what the request has sent, whatever it is: a refused user, or credentials that are missing."""
    sent = credentials.read(channel.request.headers.get("authorization"))
    return _refused_user(channel, sent.name) if isinstance(sent, credentials.Password) else _missing(channel)


# --- the refusals ----------------------------------------------------------------------------------------------


def _missing(channel: Channel) -> ElasticsearchError:
    text = messages.CREDENTIALS_MISSING.format(what=channel.profile.missing_credentials, uri=channel.request.target)
    return _unauthenticated(text, _challenges(channel))


def _refused_user(channel: Channel, name: str) -> ElasticsearchError:
    if name == SUPERUSER and channel.profile.names_reserved_user:
        return _unauthenticated(messages.RESERVED_USER_REFUSED.format(user=name), _challenges(channel))
    return _unauthenticated(messages.USER_REFUSED.format(user=name, uri=channel.request.target), _challenges(channel))


def _failed(channel: Channel, cause: str) -> ElasticsearchError:
    """Refuse an API key or a token; at first this was the same as to send none."""
    if not channel.profile.names_failed_credentials:
        return _missing(channel)
    fields = {"additional_unsuccessful_credentials": cause}
    return _unauthenticated(messages.CREDENTIALS_REFUSED, _challenges(channel), fields=fields)


def _unreadable_password(channel: Channel, cause: str | None) -> ElasticsearchError:
    if cause is None:
        return _unauthenticated(messages.BASIC_VALUE, _challenges(channel))
    return _unauthenticated(messages.BASIC_ENCODING, _challenges(channel), caused_by=errors.illegal_argument(cause))


def _challenges(channel: Channel) -> tuple[str, ...]:
    """Return the values of WWW-Authenticate, each of which is sent on a line of its own."""
    offered = {"Basic": channel.profile.basic_challenge}
    if channel.world.tls or channel.world.users.has_tokens:
        offered["Bearer"] = messages.BEARER_CHALLENGE
    if _takes_api_keys(channel):
        offered["ApiKey"] = messages.API_KEY_CHALLENGE
    return tuple(offered[scheme] for scheme in channel.profile.challenges if scheme in offered)


def _unauthenticated(
    reason: str,
    challenges: tuple[str, ...],
    *,
    fields: Mapping[str, object] = _NO_FIELDS,
    caused_by: ElasticsearchError | None = None,
) -> ElasticsearchError:
    headers = tuple(("WWW-Authenticate", challenge) for challenge in challenges)
    return errors.security_exception(reason, 401, fields=fields, headers=headers, caused_by=caused_by)
