"""Users, API keys, tokens and their privileges, without a cluster around them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pytest_rollup_fake.model.privileges import CLUSTER_PRIVILEGES, INDEX_PRIVILEGES, granted_by, read_privileges
from pytest_rollup_fake.model.security import Security

STOP = "cluster:admin/xpack/rollup/stop"
GET = "cluster:monitor/xpack/rollup/get"
MAIN = "cluster:monitor/main"
SEARCH = "indices:data/read/xpack/rollup/search"
INDEX_CAPS = "indices:data/read/xpack/rollup/get/index/caps"
SECOND = 10**9


class Clock:
    """A clock that a test sets, in nanoseconds."""

    def __init__(self) -> None:
        self.now = 0


@pytest.fixture
def clock() -> Clock:
    """Give a clock that stands at 0."""
    return Clock()


@pytest.fixture
def security(clock: Clock) -> Security:
    """Give the users of a cluster, of whom `ops` is one."""
    security = Security(lambda: clock.now)
    security.add_user("ops", "secret", cluster=["manage_rollup"])
    return security


class TestPrivileges:
    """What a privilege grants."""

    @pytest.mark.parametrize(
        ("privilege", "allowed"),
        [
            ("all", {STOP, GET, MAIN}),
            ("manage", {STOP, GET, MAIN}),
            ("manage_rollup", {STOP, GET}),
            ("monitor", {GET, MAIN}),
            ("monitor_rollup", {GET}),
            ("manage_ilm", set()),
            ("none", set()),
            (STOP, {STOP}),
            ("cluster:monitor/*", {GET, MAIN}),
        ],
    )
    def test_on_the_cluster(self, privilege: str, allowed: set[str]) -> None:
        """Each grants its actions, an action's name or pattern itself; none grants anything on an index."""
        privileges = read_privileges([privilege], None)

        assert {action for action in (STOP, GET, MAIN) if privileges.allow(action)} == allowed
        assert not privileges.allow(SEARCH)

    @pytest.mark.parametrize(
        ("privilege", "allowed"),
        [
            ("all", {SEARCH, INDEX_CAPS}),
            ("read", {SEARCH, INDEX_CAPS}),
            ("view_index_metadata", {INDEX_CAPS}),
            ("manage", {INDEX_CAPS}),
            ("write", set()),
            (SEARCH, {SEARCH}),
        ],
    )
    def test_on_indices(self, privilege: str, allowed: set[str]) -> None:
        """Each grants its actions on the indices of its pattern only, and nothing on the cluster."""
        privileges = read_privileges([], {"sensor*": [privilege]})

        assert {action for action in (SEARCH, INDEX_CAPS) if privileges.allow_on(action, "sensor_rollup")} == allowed
        assert {action for action in (SEARCH, INDEX_CAPS) if privileges.allow(action)} == allowed
        assert not privileges.allow_on(SEARCH, "other")
        assert not privileges.allow(STOP)

    @pytest.mark.parametrize(
        ("action", "names"),
        [
            (STOP, ["manage_rollup", "manage", "all"]),
            (GET, ["monitor_rollup", "manage_rollup", "monitor", "manage", "all"]),
            (MAIN, ["monitor", "manage", "all"]),
            (SEARCH, ["read", "all"]),
            (INDEX_CAPS, ["read", "view_index_metadata", "manage", "all"]),
            ("indices:admin/create", ["create_index", "manage", "all"]),
            ("indices:admin/xpack/rollup/search", ["manage", "all"]),
        ],
    )
    def test_who_grants_an_action(self, action: str, names: list[str]) -> None:
        """Least powerful first, as a denial lists them."""
        assert granted_by(action) == names

    def test_all_are_known(self) -> None:
        """Elasticsearch's own names are accepted, whatever the version."""
        read_privileges(sorted(CLUSTER_PRIVILEGES), {"*": sorted(INDEX_PRIVILEGES)})
        assert {"monitor_rollup", "manage_rollup", "monitor", "manage", "all", "read_ilm"} <= CLUSTER_PRIVILEGES
        assert {"read", "view_index_metadata", "manage", "all", "write"} <= INDEX_PRIVILEGES

    @pytest.mark.parametrize(
        ("cluster", "indices", "error", "message"),
        [
            (
                ["stop_rollup"],
                None,
                ValueError,
                r"cluster: unknown privilege 'stop_rollup'; known are all, cancel_task, ",
            ),
            (["read"], None, ValueError, r"cluster: unknown privilege 'read'; known are "),
            ([SEARCH], None, ValueError, r"cluster: unknown privilege 'indices:data"),
            (
                [],
                {"a*": ["monitor_rollup"]},
                ValueError,
                r"indices\['a\*'\]: unknown privilege 'monitor_rollup'; known",
            ),
            ("monitor", None, TypeError, r"cluster is a list of texts, not 'monitor'"),
            (None, None, TypeError, r"cluster is a list of texts, not None"),
            ([1], None, TypeError, r"cluster is a list of texts, not \[1\]"),
            (
                [],
                ["read"],
                TypeError,
                r"indices maps patterns of index names to lists of privileges, it is not \['read'\]",
            ),
            ([], {"a": "read"}, TypeError, r"indices\['a'\] is a list of texts, not 'read'"),
        ],
    )
    def test_bad_ones(self, cluster: Any, indices: Any, error: type[Exception], message: str) -> None:
        """The error says where, what, and what is known."""
        with pytest.raises(error, match=message):
            read_privileges(cluster, indices)


class TestUsers:
    """Who is there."""

    def test_the_superuser(self, security: Security) -> None:
        """`elastic` with `changeme` is there from the start, may everything, and is the only one after `clear`."""
        security.set_password("elastic", "other")
        security.clear()

        user = security.find_user("elastic")
        assert user is not None
        assert (user.password, user.roles) == ("changeme", ("superuser",))
        assert all(user.privileges.allow(action) for action in (STOP, GET, MAIN, SEARCH))
        assert user.privileges.allow_to_run_as("anybody")
        assert security.find_user("ops") is None

    def test_add(self, security: Security) -> None:
        """Without privileges a user may nothing; the role that it shows is of its own name, unless told otherwise."""
        security.add_user("a", "x")
        security.add_user("b", "x", roles=["r2", "r1"], run_as=["o*"])
        a, b = security.find_user("a"), security.find_user("b")

        assert a is not None
        assert b is not None
        assert (a.roles, b.roles) == (("a",), ("r2", "r1"))
        assert not a.privileges.allow(MAIN)
        assert [b.privileges.allow_to_run_as(name) for name in ("ops", "elastic")] == [True, False]

    def test_remove(self, security: Security) -> None:
        """A user that is gone can be added anew; its API keys and tokens stay valid."""
        key = security.add_api_key("k", "x", user="ops")
        security.remove_user("ops")

        assert security.find_user("ops") is None
        assert security.find_api_key("k") is key
        security.add_user("ops", "new")

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda s: s.add_user("ops", "x"), ValueError, "there is user 'ops' already"),
            (lambda s: s.add_user("elastic", "x"), ValueError, "there is user 'elastic' already"),
            (lambda s: s.add_user("a:b", "x"), ValueError, "a user's name is not empty and has no colon"),
            (lambda s: s.add_user("", "x"), ValueError, "a user's name is not empty and has no colon"),
            (lambda s: s.add_user("a", ""), ValueError, "a password is not empty"),
            (lambda s: s.add_user("a", 1), TypeError, "a password is a text, not of type int"),
            (lambda s: s.add_user("a", "x", cluster=["moniter"]), ValueError, "unknown privilege 'moniter'"),
            (lambda s: s.add_user("a", "x", roles="admin"), TypeError, "roles is a list of texts, not 'admin'"),
            (lambda s: s.add_user("a", "x", run_as="ops"), TypeError, "run_as is a list of texts, not 'ops'"),
            (lambda s: s.remove_user("a"), LookupError, "there is no user 'a'; the users are 'elastic', 'ops'"),
            (lambda s: s.set_password("a", "x"), LookupError, "there is no user 'a'; the users are 'elastic', 'ops'"),
            (lambda s: s.add_api_key("k", "x", user="a"), LookupError, "there is no user 'a'; the users are "),
            (lambda s: s.add_token("t", user="a"), LookupError, "there is no user 'a'; the users are "),
            (lambda s: s.add_api_key("a:b", "x", user="ops"), ValueError, "the id of an API key is not empty and has "),
            (lambda s: s.add_api_key("k", b"x", user="ops"), TypeError, "an API key is a text, not of type bytes"),
            (
                lambda s: s.add_api_key("k", "x", user="ops", cluster=["x"]),
                ValueError,
                "cluster: unknown privilege 'x'",
            ),
            (lambda s: s.add_token("", user="ops"), ValueError, "a token is not empty"),
            (lambda s: s.add_token("t", user="ops", expires_in=-1), ValueError, "expires_in must not be negative"),
        ],
    )
    def test_bad_calls(self, security: Security, call: Any, error: type[Exception], message: str) -> None:
        """The error says what was wrong and what there is, and leaves everything as it was."""
        with pytest.raises(error, match=message):
            call(security)
        assert repr(security) == "<Security: users 'elastic', 'ops'>"
        assert (security.has_api_keys, security.has_tokens) == (False, False)

    def test_taken_ids(self, security: Security) -> None:
        """An id of an API key and a token are there once; the error does not repeat the token."""
        security.add_api_key("k", "x", user="ops")
        security.add_token("hunter2", user="ops")

        with pytest.raises(ValueError, match="there is API key 'k' already"):
            security.add_api_key("k", "y", user="elastic")
        with pytest.raises(ValueError, match="there is this token already; it is one of user 'ops'") as error:
            security.add_token("hunter2", user="elastic")
        assert "hunter2" not in str(error.value)


class TestCredentials:
    """API keys and tokens."""

    def test_encoded(self, security: Security) -> None:
        """What goes behind `ApiKey` in the header is id and key in Base64."""
        key = security.add_api_key("k1", "pä:ss", user="ops")

        assert base64.b64decode(key.encoded).decode() == "k1:pä:ss"
        assert (key.id, key.api_key, key.user) == ("k1", "pä:ss", "ops")

    def test_they_run_out(self, security: Security, clock: Clock) -> None:
        """At the very instant, by the cluster's own time."""
        clock.now = 5 * SECOND
        key = security.add_api_key("k", "x", user="ops", expires_in="1m")
        token = security.add_token("t", user="ops", expires_in=60)
        clock.now = 65 * SECOND - 1
        assert (key.is_expired, token.is_expired) == (False, False)
        clock.now += 1
        assert (key.is_expired, token.is_expired) == (True, True)

    def test_they_are_ended(self, security: Security) -> None:
        """By `expire` or `revoke`, one without the other; without a time they last."""
        expired, revoked = (security.add_token(text, user="ops") for text in "ab")
        assert not expired.is_expired
        expired.expire()
        revoked.revoke()

        assert (expired.is_expired, expired.is_revoked) == (True, False)
        assert (revoked.is_expired, revoked.is_revoked) == (False, True)

    def test_an_api_key_has_limits(self, security: Security) -> None:
        """Own privileges are none, or what it may at most, cluster and indices together."""
        whole = security.add_api_key("whole", "x", user="ops")
        limited = security.add_api_key("limited", "x", user="ops", cluster=["monitor_rollup"])
        indices = security.add_api_key("indices", "x", user="ops", indices={"a": ["read"]})

        assert whole.privileges is None
        assert limited.privileges == read_privileges(["monitor_rollup"], None)
        assert indices.privileges == read_privileges([], {"a": ["read"]})

    def test_no_repr_shows_a_secret(self, security: Security) -> None:
        """Neither password, key nor token, encoded or not."""
        security.add_user("a", "hunter2")
        key, token = security.add_api_key("k", "hunter2", user="a"), security.add_token("hunter2", user="a")

        shown = repr((security, security.find_user("a"), key, token))
        assert "hunter2" not in shown
        assert key.encoded not in shown
        assert (repr(key), repr(token)) == ("<ApiKey 'k' of 'a'>", "<AccessToken of 'a'>")
