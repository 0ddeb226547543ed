"""Authentication and authorization, as each version answers them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pytest_rollup_fake.model.journal import ENDPOINTS, RecordedRequest
from pytest_rollup_fake.model.security import Subject
from pytest_rollup_fake.rest.authorization import action_of, authorize
from pytest_rollup_fake.rest.channel import Channel
from pytest_rollup_fake.rest.errors import ElasticsearchError
from tests.support import Answer, FakeCluster, lines

BASIC = 'Basic realm="security" charset="UTF-8"'
BASIC_8_15 = 'Basic realm="security", charset="UTF-8"'
BEARER = 'Bearer realm="security"'
API_KEY = "ApiKey"
REFUSED = "unable to authenticate with provided credentials and anonymous access is not allowed for this request"

# The releases before #96703 stand for what 7.17 did before it.
ROUTE_FIRST = [*lines(until="7.16"), "7.17.5", *lines("8.0", "8.8")]
CREDENTIALS_FIRST = ["7.17", *lines("8.9")]


def stop_path(version: str, job: str = "a") -> str:
    """Return the path of Stop Job."""
    return f"/{'_xpack/rollup' if version in lines(until='6.5') else '_rollup'}/job/{job}/_stop"


def basic(name: str, password: str) -> tuple[str, str]:
    """Return the header that sends a password."""
    return ("Authorization", f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}")


def api_key(id_: str, key: str) -> tuple[str, str]:
    """Return the header that sends an API key."""
    return ("Authorization", f"ApiKey {base64.b64encode(f'{id_}:{key}'.encode()).decode()}")


def bearer(token: str) -> tuple[str, str]:
    """Return the header that sends a token."""
    return ("Authorization", f"Bearer {token}")


SUPERUSER = basic("elastic", "changeme")
WATCHER = basic("watcher", "secret")


def secured(version: str, *jobs: str) -> FakeCluster:
    """Return a cluster with security, one started job `a`, and a user who may only look at rollup jobs."""
    cluster = FakeCluster(version, "a", *jobs, security=True)
    cluster.world.users.add_user("watcher", "secret", cluster=["monitor_rollup"], roles=["ops", "looker"])
    return cluster


def ask(version: str, line: str, *headers: tuple[str, str], body: str = "") -> Answer:
    """Send a request to a new secured cluster."""
    return secured(version).ask(line, *headers, body=body)


def stop(cluster: FakeCluster, version: str, *headers: tuple[str, str]) -> Answer:
    """Stop the job `a`."""
    return cluster.ask(f"POST {stop_path(version)}", *headers)


def challenges(version: str, *, tokens: bool = False, keys: bool = False) -> list[str]:
    """Return the challenges of a 401 over plain HTTP, by hand."""
    if version == "6.3":
        return [BASIC]
    if version in lines("6.4", "6.6"):
        return [*([BEARER] if tokens else []), BASIC]
    if version in lines("6.7", "7.9"):
        return [*([BEARER] if tokens else []), *([API_KEY] if keys else []), BASIC]
    if version in {*lines("7.10", "7.17"), "7.17.5"}:
        return [BASIC, *([BEARER] if tokens else []), *([API_KEY] if keys else [])]
    return [BASIC_8_15 if version in lines("8.15") else BASIC, *([BEARER] if tokens else []), API_KEY]


def unauthorized(reason: str, challenge: list[str], **fields: Any) -> dict[str, Any]:
    """Return the body of a 401: one challenge is a string, several are a list."""
    error = {
        "type": "security_exception",
        "reason": reason,
        **fields,
        "header": {"WWW-Authenticate": challenge if len(challenge) > 1 else challenge[0]},
    }
    return {"error": {"root_cause": [error], **error}, "status": 401}


def missing(version: str, uri: str) -> str:
    """Return the reason of a 401 for a request without credentials."""
    what = "token" if version in lines(until="6.8") else "credentials"
    return f"missing authentication {what} for REST request [{uri}]"


@pytest.mark.parametrize("version", [*lines(), "7.17.5"])
class TestUnauthorized:
    """The 401 of each version."""

    def test_without_credentials(self, version: str) -> None:
        """The whole answer: the raw URI in the reason, each challenge on a line of its own, nothing of the product."""
        target = f"{stop_path(version, 'a%20b')}?pretty=false"
        answer = ask(version, f"POST {target}", ("X-Opaque-Id", "me"))

        expected = challenges(version)
        assert answer.json == unauthorized(missing(version, target), expected)
        assert answer.status == 401
        assert answer.headers[:-1] == (("X-Opaque-Id", "me"), *(("WWW-Authenticate", value) for value in expected))
        assert answer.headers[-1][0] == "content-type"

    def test_challenges_over_tls(self, version: str) -> None:
        """The services for tokens and API keys are on by themselves where the cluster speaks HTTPS."""
        cluster = FakeCluster(version, "a", security=True, tls=True)
        answer = stop(cluster, version)
        assert answer.values("WWW-Authenticate") == challenges(version, tokens=True, keys=True)

    def test_challenges_of_services_in_use(self, version: str) -> None:
        """Where a test has made a token or an API key, the answer says that they are taken."""
        cluster = secured(version)
        cluster.world.users.add_token("t", user="watcher")
        assert stop(cluster, version).values("WWW-Authenticate") == challenges(version, tokens=True)
        cluster.world.users.add_api_key("k", "x", user="watcher")
        answer = stop(cluster, version)
        assert answer.values("WWW-Authenticate") == challenges(version, tokens=True, keys=True)
        assert answer.json == unauthorized(
            missing(version, stop_path(version)), challenges(version, tokens=True, keys=True)
        )

    @pytest.mark.parametrize(
        "header",
        ["Basic", "Bearer", "ApiKey", "Digest abc", "abc", "Basic\tZWxhc3RpYzpjaGFuZ2VtZQ=="],
    )
    def test_what_is_as_good_as_none(self, version: str, header: str) -> None:
        """A scheme with nothing behind it, and one that Elasticsearch does not know."""
        answer = stop(secured(version), version, ("Authorization", header))
        assert answer.error["reason"] == missing(version, stop_path(version))

    @pytest.mark.parametrize(("name", "password"), [("watcher", "wrong"), ("nobody", "secret"), ("watcher", "secret:")])
    def test_wrong_password(self, version: str, name: str, password: str) -> None:
        """Unknown users and wrong passwords are told apart by nobody."""
        answer = stop(secured(version), version, basic(name, password))
        reason = f"unable to authenticate user [{name}] for REST request [{stop_path(version)}]"
        assert answer.json == unauthorized(reason, challenges(version))

    def test_wrong_password_of_the_superuser(self, version: str) -> None:
        """Up to 7.7 built-in users were refused in words of their own (#55623)."""
        answer = stop(secured(version), version, basic("elastic", "wrong"))
        own = "failed to authenticate user [elastic]"
        others = f"unable to authenticate user [elastic] for REST request [{stop_path(version)}]"
        assert answer.error["reason"] == (own if version in lines(until="7.7") else others)

    def test_unreadable_password(self, version: str) -> None:
        """What is no Base64 differs from what has no colon, and has a cause."""
        cluster = secured(version)
        encoding = stop(cluster, version, ("Authorization", "Basic !!!!"))
        value = stop(cluster, version, ("Authorization", "Basic bm9jb2xvbg=="))

        assert encoding.error["reason"] == "invalid basic authentication header encoding"
        assert encoding.error["caused_by"] == {
            "type": "illegal_argument_exception",
            "reason": "Illegal base64 character 21",
        }
        assert value.json == unauthorized("invalid basic authentication header value", challenges(version))

    @pytest.mark.parametrize(
        ("id_", "key", "in_7", "in_8"),
        [
            ("gone", "x", "unable to find apikey with id gone", "unable to find apikey with id gone"),
            ("k", "wrong", "invalid credentials", "invalid credentials for API key [k]"),
            ("expired", "x", "api key is expired", "api key is expired"),
            ("revoked", "x", "api key has been invalidated", "api key [revoked] has been invalidated"),
        ],
    )
    def test_bad_api_key(self, version: str, id_: str, key: str, in_7: str, in_8: str) -> None:
        """From 7.15 on the answer says what was wrong with it, before it is as if there were none."""
        cluster = secured(version)
        users = cluster.world.users
        users.add_api_key("k", "x", user="watcher")
        users.add_api_key("expired", "x", user="watcher").expire()
        users.add_api_key("revoked", "x", user="watcher").revoke()

        answer = stop(cluster, version, api_key(id_, key))
        expected = challenges(version, keys=True)
        if version in lines(until="7.14"):
            assert answer.json == unauthorized(missing(version, stop_path(version)), expected)
        else:
            cause = f"API key: {in_8 if version in lines('8.0') else in_7}"
            assert answer.json == unauthorized(REFUSED, expected, additional_unsuccessful_credentials=cause)

    @pytest.mark.parametrize(
        ("sent", "cause"),
        [("bm9jb2xvbg==", "invalid ApiKey value"), ("OmtleQ==", "invalid ApiKey value"), ("k:x", None)],
    )
    def test_unreadable_api_key(self, version: str, sent: str, cause: str | None) -> None:
        """One without a colon, without an id, and one that somebody forgot to encode."""
        cluster = secured(version)
        cluster.world.users.add_api_key("k", "x", user="watcher")
        answer = stop(cluster, version, ("Authorization", f"ApiKey {sent}"))
        if version in lines(until="7.14"):
            assert answer.error["reason"] == missing(version, stop_path(version))
        else:
            assert answer.error["additional_unsuccessful_credentials"] == (
                f"API key: {cause or 'Illegal base64 character 3a'}"
            )

    def test_api_keys_that_nobody_turned_on(self, version: str) -> None:
        """Over plain HTTP they are off up to 7.17, and what is sent is as good as nothing."""
        for header in (api_key("k", "x"), ("Authorization", "ApiKey !")):
            answer = stop(secured(version), version, header)
            if version in lines("8.0"):
                assert answer.error["reason"] == REFUSED
            else:
                assert answer.json == unauthorized(missing(version, stop_path(version)), challenges(version))

    def test_bad_token(self, version: str) -> None:
        """An unknown one is told like an API key; one that ran out or was revoked has a challenge of its own."""
        cluster = secured(version)
        cluster.world.users.add_token("expired", user="watcher").expire()
        cluster.world.users.add_token("revoked", user="watcher").revoke()
        unknown = stop(cluster, version, bearer("gone"))
        expired = {stop(cluster, version, bearer(token)).text for token in ("expired", "revoked")}

        if version in lines(until="7.14"):
            assert unknown.error["reason"] == missing(version, stop_path(version))
        else:
            assert unknown.error["additional_unsuccessful_credentials"] == "oauth2 token: invalid token"
            assert unknown.error["reason"] == REFUSED
        challenge = 'Bearer realm="security", error="invalid_token", error_description="The access token expired"'
        assert len(expired) == 1
        assert stop(cluster, version, bearer("expired")).json == unauthorized("token expired", [challenge])

    def test_stack_trace(self, version: str) -> None:
        """A 401 shows none from 7.9 on, a 403 always does where it is asked for."""
        target = f"POST {stop_path(version)}?error_trace=true"
        assert ("stack_trace" in ask(version, target).error) == (version in lines(until="7.8"))
        assert "stack_trace" in ask(version, target, WATCHER).error

    def test_nothing_has_happened(self, version: str) -> None:
        """The journal has the request and its endpoint, but nobody as its user, and no effect."""
        cluster = secured(version)
        request = stop(cluster, version, basic("watcher", "wrong")).request

        assert (request.endpoint, request.job, request.user, request.effect) == ("stop", "a", None, None)
        assert cluster.world.jobs["a"].state == "started"


@pytest.mark.parametrize("version", [*lines(), "7.17.5"])
class TestAuthenticated:
    """Who is let in."""

    def test_each_kind_of_credentials(self, version: str) -> None:
        """A password, a token and, from 6.7 on, an API key; the scheme in any case."""
        cluster = secured(version)
        cluster.world.users.add_api_key("k", "x", user="elastic")
        cluster.world.users.add_token("t", user="elastic")
        for header in (SUPERUSER, bearer("t"), *([api_key("k", "x")] if version in lines("6.7") else [])):
            for value in (header[1], header[1].replace("Basic", "BASIC").replace("Bearer", "bearer")):
                answer = stop(cluster, version, ("authorization", value))
                assert (answer.status, answer.request.user) == (200, "elastic")

    def test_security_that_is_off(self, version: str) -> None:
        """Disabled, nobody looks at credentials; left unset, it is on from 8.0."""
        line = f"POST {stop_path(version)}"
        disabled = FakeCluster(version, "a").ask(line, basic("nobody", "x"))
        unset = FakeCluster(version, "a", security="unset").ask(line)

        assert (disabled.status, disabled.request.user) == (200, None)
        assert unset.status == (401 if version in lines("8.0") else 200)


@pytest.mark.parametrize("version", [*lines(), "7.17.5"])
class TestForbidden:
    """The 403 of each version."""

    def test_of_a_user(self, version: str) -> None:
        """From 7.12 on it names the privileges, from 7.13 on the roles, sorted from 8.5 on."""
        answer = stop(secured(version), version, WATCHER)

        action = "action [cluster:admin/xpack/rollup/stop] is unauthorized for user [watcher]"
        granted = ", this action is granted by the cluster privileges [manage_rollup,manage,all]"
        if version in lines(until="7.11"):
            reason = action
        elif version == "7.12":
            reason = action + granted
        elif version in {*lines("7.13", "8.4"), "7.17.5"}:
            reason = f"{action} with roles [ops,looker]{granted}"
        else:
            reason = f"{action} with effective roles [looker,ops]{granted}"
        error = {"type": "security_exception", "reason": reason}
        assert answer.json == {"error": {"root_cause": [error], **error}, "status": 403}
        assert answer.status == 403
        assert answer.values("WWW-Authenticate") == []

    def test_comes_before_existence(self, version: str) -> None:
        """Who may not stop a job does not learn whether there is one."""
        assert ask(version, f"POST {stop_path(version, 'gone')}", WATCHER).status == 403

    def test_comes_after_what_is_wrong_with_the_request(self, version: str) -> None:
        """Bad values, unknown parameters and unwanted bodies are refused first."""
        path = stop_path(version)
        assert ask(version, f"POST {path}?foo=1", WATCHER).status == 400
        if version in lines("6.6"):
            assert ask(version, f"POST {path}?timeout=abc", WATCHER).status == 400
        if version in lines("7.0"):
            json = ("Content-Type", "application/json")
            assert ask(version, f"POST {path}", WATCHER, json, body="{}").status == 400

    def test_nothing_has_happened(self, version: str) -> None:
        """The journal knows the user and the job; nothing was stopped."""
        cluster = secured(version)
        request = stop(cluster, version, WATCHER).request

        assert (request.endpoint, request.job, request.user, request.effect) == ("stop", "a", "watcher", None)
        assert cluster.world.jobs["a"].state == "started"


class TestForbiddenApiKey:
    """The 403 of an API key."""

    @pytest.mark.parametrize("version", [*lines("6.7"), "7.17.5"])
    def test_text(self, version: str) -> None:
        """It is named with its user, and without roles; it may no more than both."""
        cluster = secured(version)
        users = cluster.world.users
        users.add_api_key("mine", "x", user="watcher")
        users.add_api_key("less", "x", user="elastic", cluster=["monitor"])
        users.add_api_key("more", "x", user="watcher", cluster=["all"])

        for id_, user in (("mine", "watcher"), ("less", "elastic"), ("more", "watcher")):
            reason = stop(cluster, version, api_key(id_, "x")).error["reason"]
            action = f"action [cluster:admin/xpack/rollup/stop] is unauthorized for API key id [{id_}] of user [{user}]"
            granted = ", this action is granted by the cluster privileges [manage_rollup,manage,all]"
            assert reason == (action if version in lines("6.7", "7.11") else action + granted)


class TestActions:
    """What each endpoint asks for."""

    @pytest.mark.parametrize(
        ("line", "action", "privileges"),
        [
            ("GET /", "cluster:monitor/main", "[monitor,manage,all]"),
            ("HEAD /", "cluster:monitor/main", "[monitor,manage,all]"),
            (
                "GET /_rollup/job/a",
                "cluster:monitor/xpack/rollup/get",
                "[monitor_rollup,manage_rollup,monitor,manage,all]",
            ),
            ("POST /_rollup/job/a/_stop", "cluster:admin/xpack/rollup/stop", "[manage_rollup,manage,all]"),
        ],
    )
    def test_each(self, line: str, action: str, privileges: str) -> None:
        """A user without privileges is told the action and who may."""
        cluster = secured("8.19")
        cluster.world.users.add_user("nobody", "x")
        answer = cluster.ask(line, basic("nobody", "x"))

        assert answer.status == 403
        assert answer.error["reason"] == (
            f"action [{action}] is unauthorized for user [nobody] with effective roles [nobody], "
            f"this action is granted by the cluster privileges {privileges}"
        )

    @pytest.mark.parametrize(
        ("endpoint", "action"),
        [
            ("start", "cluster:admin/xpack/rollup/start"),
            ("put", "cluster:admin/xpack/rollup/put"),
            ("delete", "cluster:admin/xpack/rollup/delete"),
            ("caps", "cluster:monitor/xpack/rollup/get/caps"),
            ("index_caps", "indices:data/read/xpack/rollup/get/index/caps"),
            ("search", "indices:data/read/xpack/rollup/search"),
            ("health", "cluster:monitor/health"),
            ("license", "cluster:monitor/xpack/license/get"),
            ("create_index", "indices:admin/create"),
            ("get_index", "indices:admin/get"),
            ("delete_index", "indices:admin/delete"),
            ("refresh", "indices:admin/refresh"),
        ],
    )
    def test_names(self, endpoint: str, action: str) -> None:
        """As the reference pages say."""
        profile = FakeCluster("7.17").world.profile
        assert profile is not None
        assert action_of(endpoint, profile) == action

    @pytest.mark.parametrize("version", lines())
    def test_no_endpoint_is_without(self, version: str) -> None:
        """Every endpoint that is faked has an action, or it could be called by anybody."""
        profile = FakeCluster(version).world.profile
        assert profile is not None
        for endpoint in ENDPOINTS - {"custom", "unfaked", "refused"}:
            assert action_of(endpoint, profile).startswith(("cluster:", "indices:")), endpoint

    def test_an_unknown_endpoint(self) -> None:
        """Forgetting the table is an error, not a hole."""
        profile = FakeCluster("8.19").world.profile
        assert profile is not None
        with pytest.raises(LookupError, match="ACTIONS does not say which action endpoint 'new' is"):
            action_of("new", profile)

    def test_rollup_search_of_6_3(self) -> None:
        """It was an admin action once."""
        profile = FakeCluster("6.3").world.profile
        assert profile is not None
        assert action_of("search", profile) == "indices:admin/xpack/rollup/search"


class TestIndices:
    """Privileges on indices."""

    def denial(self, version: str, indices: list[str], **privileges: list[str]) -> str | None:
        """Return why a user with privileges on index patterns may not search indices."""
        cluster = FakeCluster(version, security=True)
        assert cluster.world.profile is not None
        cluster.world.users.add_user("ops", "x", indices=privileges)
        user = cluster.world.users.find_user("ops")
        assert user is not None
        channel = Channel(RecordedRequest("GET", "/"), cluster.world)
        channel.subject = Subject(user)
        try:
            authorize(channel, "search", indices)
        except ElasticsearchError as error:
            return error.reason
        return None

    @pytest.mark.parametrize("indices", [["sensor_1"], ["sensor_1", "sensor_2"], ["sensor*"], ["_all"], ["*"], []])
    def test_allowed(self, indices: list[str]) -> None:
        """All names are in the pattern, or have wildcards, which Elasticsearch narrows to what is allowed."""
        assert self.denial("8.19", indices, **{"sensor*": ["read"]}) is None

    def test_denied_on_some(self) -> None:
        """The text names the indices that are the reason."""
        action = "action [indices:data/read/xpack/rollup/search] is unauthorized for user [ops]"
        granted = ", this action is granted by the index privileges [read,all]"
        patterns = {"sensor*": ["read"], "b": ["view_index_metadata"]}
        for version, expected in (
            ("7.11", action),
            ("7.12", f"{action} on indices [a,b]{granted}"),
            ("7.17", f"{action} with roles [ops] on indices [a,b]{granted}"),
            ("9.5", f"{action} with effective roles [ops] on indices [a,b]{granted}"),
        ):
            assert self.denial(version, ["sensor_1", "a", "b"], **patterns) == expected

    def test_denied_on_all(self) -> None:
        """Who may not search anything is refused before indices are looked at (#71715)."""
        expected = (
            "action [indices:data/read/xpack/rollup/search] is unauthorized for user [ops] with effective roles [ops], "
            "this action is granted by the index privileges [read,all]"
        )
        assert self.denial("8.19", ["a*", "b"], a=["view_index_metadata"]) == expected


class TestOrder:
    """When credentials are looked at."""

    @pytest.mark.parametrize("version", ROUTE_FIRST)
    def test_after_the_route(self, version: str) -> None:
        """Up to 8.8 a path, a method and a body's type are refused without any, as is a query string."""
        text = ("Content-Type", "text/plain")
        assert ask(version, "GET /a/b/c/d/e").status == 400
        assert ask(version, f"GET {stop_path(version)}").status == 405
        assert ask(version, f"POST {stop_path(version)}", text, body="x").status == 406
        assert ask(version, f"POST {stop_path(version)}?%").status == 400
        assert ask(version, f"POST {stop_path(version)}?foo=1").status == 401

    @pytest.mark.parametrize("version", CREDENTIALS_FIRST)
    def test_before_everything(self, version: str) -> None:
        """From 8.9 on, and in the last releases of 7.17, there is no other answer without them."""
        text = ("Content-Type", "text/plain")
        for line, headers, body in (
            ("GET /a/b/c/d/e", (), ""),
            (f"GET {stop_path(version)}", (), ""),
            (f"POST {stop_path(version)}", (text,), "x"),
            (f"POST {stop_path(version)}?%", (), ""),
            (f"POST {stop_path(version)}?pretty=maybe", (), ""),
            (f"POST {stop_path(version)}?error_trace=maybe", (), ""),
            (f"POST {stop_path(version)}", (("Content-Type", "?"),), "x"),
            ("POST /_rollup/job/a%zz/_stop", (), ""),
        ):
            answer = ask(version, line, *headers, body=body)
            assert answer.status == 401, line
            assert answer.error["reason"] == missing(version, line.split(" ")[1])

    @pytest.mark.parametrize("version", CREDENTIALS_FIRST)
    def test_only_the_opaque_id_comes_first(self, version: str) -> None:
        """The headers that matter to a request are read before its credentials."""
        answer = ask(version, f"POST {stop_path(version)}", ("X-Opaque-Id", "a"), ("X-Opaque-Id", "b"))
        assert answer.status == 400
        assert answer.error["reason"] == "multiple values for single-valued header [X-Opaque-Id]."
        assert answer.values("X-elastic-product") == ["Elasticsearch"]

    @pytest.mark.parametrize("version", [*lines(), "7.17.5"])
    def test_form(self, version: str) -> None:
        """A 401 looks as the request asks for."""
        answer = ask(version, f"POST {stop_path(version)}?pretty")
        assert answer.text.startswith('{\n  "error" : {\n    "root_cause" : [\n')

    @pytest.mark.parametrize("version", [*lines(), "7.17.5"])
    def test_options_need_none(self, version: str) -> None:
        """Browsers ask without credentials."""
        answer = ask(version, f"OPTIONS {stop_path(version)}")
        assert (answer.status, answer.text, answer.values("Allow")) == (200, "", ["POST"])

    @pytest.mark.parametrize("version", [*lines(), "7.17.5"])
    def test_what_is_not_faked(self, version: str) -> None:
        """Without credentials it is a 401 and no finding; with them it is ours to say no."""
        cluster = secured(version)
        answers = [cluster.ask("GET /_cat/indices", *headers) for headers in ((), (WATCHER,))]

        assert [(answer.status, answer.request.endpoint) for answer in answers] == [(401, "unfaked"), (501, "unfaked")]
        assert answers[1].request.user == "watcher"
        assert len(cluster.world.take_findings()) == 1


class TestHiddenHeaders:
    """What tells of Elasticsearch is kept from those whom it refuses."""

    def products(self, version: str) -> dict[str, bool]:
        """Say which answers name the product: a 401, a 403, a 400 of the handler and a 404."""
        answers = {
            "401": ask(version, f"POST {stop_path(version)}"),
            "403": ask(version, f"POST {stop_path(version)}", WATCHER),
            "400": ask(version, f"POST {stop_path(version)}?timeout=abc", SUPERUSER),
            "404": ask(version, f"POST {stop_path(version, 'b')}", SUPERUSER),
        }
        assert [str(answer.status) for answer in answers.values()] == list(answers)
        return {status: answer.values("X-elastic-product") == ["Elasticsearch"] for status, answer in answers.items()}

    @pytest.mark.parametrize("version", [*lines("7.14", "7.16"), "7.17.5"])
    def test_product_in_7(self, version: str) -> None:
        """Every error that a handler threw lost it, by accident (#75739); what the action refuses kept it."""
        assert self.products(version) == {"401": False, "403": True, "400": False, "404": True}

    @pytest.mark.parametrize("version", lines("8.0", "8.7"))
    def test_product_in_early_8(self, version: str) -> None:
        """A 401 has none."""
        assert self.products(version) == {"401": False, "403": True, "400": True, "404": True}

    @pytest.mark.parametrize("version", ["7.17", *lines("8.8")])
    def test_product_today(self, version: str) -> None:
        """Neither a 401 nor a 403 has it (#95189)."""
        assert self.products(version) == {"401": False, "403": False, "400": True, "404": True}

    @pytest.mark.parametrize(
        ("version", "forbidden", "bad"),
        [
            *((version, True, True) for version in lines("7.0", "7.11")),
            *((version, True, False) for version in [*lines("7.12", "7.16"), "7.17.5"]),
            ("7.17", False, True),
        ],
    )
    def test_warnings(self, version: str, forbidden: bool, bad: bool) -> None:  # noqa: FBT001  (parametrised)
        """The warning of an old path goes the same way."""
        line = "POST /_xpack/rollup/job/a/_stop"
        assert bool(ask(version, line, WATCHER).warnings) is forbidden
        assert bool(ask(version, f"{line}?timeout=abc", WATCHER).warnings) is bad
        assert ask(version, line).warnings == []
        assert ask(version, line, SUPERUSER).warnings != []


class TestRunAs:
    """The header `es-security-runas-user`."""

    ACTION = "action [cluster:admin/xpack/rollup/stop] is unauthorized for "
    GRANTED = ", this action is granted by the cluster privileges [manage_rollup,manage,all]"
    BECAUSE = ", because user [deputy] is unauthorized to run as [elastic]"

    def ask(self, version: str, name: str, *headers: tuple[str, str]) -> Answer:
        """Stop a job in another user's name; `deputy` may act for all whose name begins with `w`."""
        cluster = secured(version)
        cluster.world.users.add_user("deputy", "x", run_as=["w*"])
        cluster.world.users.add_api_key("k", "x", user="elastic")
        return stop(cluster, version, ("es-security-runas-user", name), *headers)

    def test_the_other_users_privileges_count(self) -> None:
        """And its roles show; the journal has the one whose password it was."""
        answer = self.ask("8.19", "watcher", SUPERUSER)
        assert answer.request.user == "elastic"
        assert answer.error["reason"] == (
            f"{self.ACTION}user [elastic] run as [watcher] with effective roles [looker,ops]{self.GRANTED}"
        )
        assert self.ask("8.19", "elastic", SUPERUSER).status == 200

    @pytest.mark.parametrize(
        ("version", "text"),
        [
            ("6.8", "user [deputy] run as [elastic]"),
            ("7.17", f"user [deputy] run as [elastic] with roles [superuser]{GRANTED}"),
            (
                "8.19",
                f"user [deputy] with effective roles [deputy]{BECAUSE}",
            ),
        ],
    )
    def test_not_allowed(self, version: str, text: str) -> None:
        """Who may not act for another may not act at all."""
        answer = self.ask(version, "elastic", basic("deputy", "x"))
        assert (answer.status, answer.error["reason"]) == (403, self.ACTION + text)

    def test_an_unknown_user(self) -> None:
        """It has no roles, and may nothing."""
        reason = self.ask("8.19", "who", basic("deputy", "x")).error["reason"]
        assert reason == f"{self.ACTION}user [deputy] run as [who] with effective roles []{self.GRANTED}"

    def test_nobody(self) -> None:
        """An empty name is a 401."""
        answer = self.ask("8.19", "", SUPERUSER)
        path = stop_path("8.19")
        assert answer.error["reason"] == f"unable to authenticate user [elastic] for REST request [{path}]"

    def test_with_an_api_key(self) -> None:
        """From 8.0 on as with a password, before the header is ignored."""
        key = api_key("k", "x")
        assert self.ask("7.17", "watcher", key).status == 200
        assert self.ask("8.19", "watcher", key).error["reason"] == (
            f"{self.ACTION}API key id [k] of user [elastic] run as [watcher] with effective roles [looker,ops]"
            f"{self.GRANTED}"
        )

    def test_with_an_api_key_of_its_own_privileges(self) -> None:
        """They hold nothing of acting for others."""
        cluster = secured("8.19")
        cluster.world.users.add_api_key("k", "x", user="elastic", cluster=["all"])
        answer = stop(cluster, "8.19", api_key("k", "x"), ("es-security-runas-user", "watcher"))
        assert answer.error["reason"] == (
            f"{self.ACTION}API key id [k] of user [elastic], because API key id [k] of user [elastic] is unauthorized "
            "to run as [watcher]"
        )
