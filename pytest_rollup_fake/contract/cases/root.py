"""The root: what a cluster says it is."""

from __future__ import annotations

from typing import Any, Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Either, Form, Pattern, Step, changing

EACH: Final = "RestMainAction, MainResponse"

WIRE: Final = changing("5.6.0", v7_0="6.7.0", v7_1="6.8.0", v8_0="7.17.0", v9_0="8.18.0", v9_1="8.19.0")
INDEX: Final = changing("5.0.0", v7_0="6.0.0-beta1", v8_0="7.0.0", v9_0="8.0.0")
ROOT: Final[dict[str, Any]] = {
    "name": Pattern(".+"),
    "cluster_name": Pattern(".+"),
    "cluster_uuid": Pattern(r"[\w-]{22}"),
    "version": {
        "number": Pattern(r"\d+\.\d+\.\d+(-SNAPSHOT)?"),
        "build_flavor": "default",
        "build_type": Pattern("tar|zip|deb|rpm|docker"),
        "build_hash": changing(Pattern("[0-9a-f]{7}"), v7_4=Pattern("[0-9a-f]{40}")),
        "build_date": Pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"),
        "build_snapshot": Either((False, True)),
        "lucene_version": Pattern(r"\d+\.\d+\.\d+"),
        "minimum_wire_compatibility_version": WIRE,
        "minimum_index_compatibility_version": INDEX,
    },
    "tagline": "You Know, for Search",
}

CASES: Final = (
    Case("info", "the root, pretty by itself", EACH, (Step("GET /", Answer(200, ROOT, form=Form.PRETTY)),), job=None),
    Case("info", "the root, not pretty", EACH, (Step("GET /?pretty=false", Answer(200, ROOT)),), job=None),
    Case("info", "its head", EACH, (Step("HEAD /", Answer(200, None, form=Form.HEAD)),), job=None),
)
