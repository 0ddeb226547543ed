"""Who may do what, and what those hear who may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pytest_rollup_fake.contract.client import basic
from pytest_rollup_fake.contract.expectation import Answer, Case, Form, Lines, Needs, Placeholder, Step, changing

from .jobs import GET, JOB, STOP, error, illegal, no_handler

HANDLER: Final = "DefaultAuthenticationFailureHandler"
DENIED: Final = "AuthorizationService, later AuthorizationDenialMessages"
OTHERS: Final = ('Bearer realm="security"', "ApiKey")
BASIC: Final = changing('Basic realm="security" charset="UTF-8"', v8_15='Basic realm="security", charset="UTF-8"')


@dataclass(frozen=True)
class Challenges(Placeholder):
    """How one can prove who one is: Basic, and what else the settings offer, in the body a text or an array."""

    basic: object

    def refuse(self, got: object) -> str | None:
        """Refuse what lacks Basic or has what is unknown."""
        values = got if isinstance(got, list) else [got]
        if self.basic in values and all(value in {self.basic, *OTHERS} for value in values):
            return None
        return f"{self.basic!r}, alone or with {' and '.join(map(repr, OTHERS))}"


def unauthorized(reason: object) -> Answer:
    """Return the refusal of somebody unknown."""
    body = error("security_exception", reason, header={"WWW-Authenticate": Challenges(BASIC)})
    return Answer(401, {"error": body, "status": 401}, headers=(("WWW-Authenticate", BASIC),))


def missing(uri: str) -> Answer:
    """Return the refusal of a request without credentials."""
    return unauthorized(
        changing(
            f"missing authentication token for REST request [{uri}]",
            v7_0=f"missing authentication credentials for REST request [{uri}]",
        )
    )


def forbidden(action: str, granted: str) -> Answer:
    """Return the refusal of a user without the privilege (#60357 names the privileges, later ones the roles)."""
    start = f"action [{action}] is unauthorized for user [<prefix>-nobody]"
    end = f", this action is granted by the cluster privileges [{granted}]"
    text = changing(
        start,
        v7_12=f"{start}{end}",
        v7_13=f"{start} with roles [<prefix>-nothing]{end}",
        v8_5=f"{start} with effective roles [<prefix>-nothing]{end}",
    )
    return Answer(403, {"error": error("security_exception", text), "status": 403})


def _case(name: str, source: str, *steps: Step, needs: Needs = Needs.SECURITY, lines: Lines = ("6.3", None)) -> Case:
    return Case("security", name, source, steps, job=None, lines=lines, needs=needs)


def _denied(verb: str, request: str) -> Case:
    answer = forbidden(f"cluster:admin/xpack/rollup/{verb}", "manage_rollup,manage,all")
    return _case(
        f"{verb} without the privilege", DENIED, Step(request, answer, user="limited"), needs=Needs.LIMITED_USER
    )


NOBODY: Final = (("Authorization", basic("rollup-fake-contract-unknown", "wrong")),)
NO_ROUTE: Final = "/<rollup>/nope/x/y"
WRONG_METHOD: Final = f"GET {JOB}/_stop"

CASES: Final = (
    _case("no credentials", HANDLER, Step(f"{STOP}?pretty=false", missing(f"{JOB}/_stop?pretty=false"), user=None)),
    _case("no credentials to look at jobs", HANDLER, Step(GET, missing(JOB), user=None)),
    _case(
        "a user that there is not",
        HANDLER,
        Step(
            STOP,
            unauthorized(f"unable to authenticate user [rollup-fake-contract-unknown] for REST request [{JOB}/_stop]"),
            headers=NOBODY,
        ),
    ),
    _case(
        "OPTIONS asks for nothing",
        "SecurityRestFilter",
        Step(
            f"OPTIONS {JOB}/_stop",
            Answer(200, "", headers=(("Allow", "POST"),), content_type="text/plain; charset=UTF-8", form=Form.TEXT),
            user=None,
        ),
    ),
    _case(
        "no credentials on no path",
        "RestController came first",
        Step(f"GET {NO_ROUTE}", no_handler("GET", NO_ROUTE), user=None),
        lines=("6.3", "7.16"),
    ),
    _case(
        "no credentials on no path, in 8",
        "RestController came first",
        Step(f"GET {NO_ROUTE}", no_handler("GET", NO_ROUTE), user=None),
        lines=("8.0", "8.7"),
    ),
    _case(
        "no credentials on no path, since 8.9",
        "#95112",
        Step(f"GET {NO_ROUTE}", missing(NO_ROUTE), user=None),
        lines=("8.9", None),
    ),
    _case(
        "no credentials and the wrong method",
        "#95112",
        Step(WRONG_METHOD, missing(f"{JOB}/_stop"), user=None),
        lines=("8.9", None),
    ),
    _denied("stop", STOP),
    _denied("start", f"POST {JOB}/_start"),
    _denied("delete", f"DELETE {JOB}"),
    _case(
        "an unknown parameter before the privilege",
        "BaseRestHandler runs before the action",
        Step(f"{STOP}?foo=1", illegal(f"request [{JOB}/_stop] contains unrecognized parameter: [foo]"), user="limited"),
        needs=Needs.LIMITED_USER,
    ),
)
