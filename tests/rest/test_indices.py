"""The index endpoints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Answer, FakeCluster, lines

JSON = ("Content-Type", "application/json")
FOO = {"properties": {"a": {"type": "date"}}}
EXPECTED = (
    "[types removal] The parameter include_type_name should be explicitly specified in create index requests to "
    "prepare for 7.0. In 7.0 include_type_name will default to 'false', and requests are expected to omit the type "
    "name in mapping definitions."
)
SHARDS = (
    "the default number of shards will change from [5] to [1] in 7.0.0; if you wish to continue using the default of "
    "[5] shards, you must manage this on the create index request or with an index template"
)

every_version = pytest.mark.parametrize("version", lines())
sorts = pytest.mark.parametrize("version", ["6.3", "6.8", "7.0", "7.17", "8.0", "8.19", "9.5"])


def cluster_of(version: str | None, *names: str) -> FakeCluster:
    """Return a cluster with these indices, all with one field."""
    cluster = FakeCluster(version)
    for name in names:
        cluster.world.add_index(name, FOO)
    return cluster


def create(cluster: FakeCluster, name: str, query: str = "", **source: Any) -> Answer:
    """Create an index."""
    return cluster.ask(f"PUT /{name}{query}", JSON, body=json.dumps(source)) if source else cluster.ask(f"PUT /{name}")


def mapping_of(version: str, mapping: dict[str, Any]) -> dict[str, Any]:
    """Return a mapping as the version takes it and shows it."""
    return {"_doc": mapping} if version in lines(until="6.8") else mapping


def names(cluster: FakeCluster) -> list[str]:
    """Return the names of the indices that there are."""
    return [index.name for index in cluster.world.indices]


def reason(answer: Answer) -> tuple[int, str, str]:
    """Return status, type and reason of an error."""
    return answer.status, answer.error["type"], answer.error["reason"]


def missing(version: str, name: str) -> dict[str, Any]:
    """Return the whole answer to a name that there is not."""
    error = {
        "type": "index_not_found_exception",
        "reason": "no such index" if version in lines(until="6.8") else f"no such index [{name}]",
        "resource.type": "index_or_alias",
        "resource.id": name,
        "index_uuid": "_na_",
        "index": name,
    }
    return {"error": {"root_cause": [error], **error}, "status": 404}


class TestCreate:
    """An index is made."""

    @every_version
    def test_answer(self, version: str) -> None:
        """The answer names it."""
        cluster = FakeCluster(version)
        answer = create(cluster, "foo", mappings=mapping_of(version, FOO))

        assert answer.text == '{"acknowledged":true,"shards_acknowledged":true,"index":"foo"}'
        assert (answer.status, answer.request.endpoint) == (200, "create_index")
        index = cluster.world.indices.get("foo")
        assert index is not None
        assert index.mapping == FOO
        types = [EXPECTED] if version in {"6.7", "6.8"} else []
        shards = [SHARDS] if version in lines("6.4", "6.8") else []
        assert answer.warnings == [*types, *shards]

    @pytest.mark.parametrize(
        "settings", [{"number_of_shards": 1}, {"index.number_of_shards": 1}, {"index": {"number_of_shards": "5"}}]
    )
    def test_who_says_how_many_shards_is_not_warned(self, settings: dict[str, Any]) -> None:
        """The warning is of the default."""
        assert create(FakeCluster("6.8"), "foo", settings=settings).warnings == []
        assert create(FakeCluster("6.8"), "foo", settings={"number_of_replicas": 1}).warnings == [SHARDS]

    @sorts
    def test_without_a_body(self, version: str) -> None:
        """An index needs no mapping."""
        assert create(FakeCluster(version), "foo").status == 200

    @sorts
    def test_parameters(self, version: str) -> None:
        """Those that change nothing are taken, unknown ones are not."""
        cluster = FakeCluster(version)

        assert (
            create(cluster, "foo", "?wait_for_active_shards=1&timeout=1s&master_timeout=1s", settings={}).status == 200
        )
        assert create(cluster, "bar", "?bar=1", settings={}).error["reason"] == (
            "request [/bar] contains unrecognized parameter: [bar]"
        )
        assert names(cluster) == ["foo"]

    @sorts
    def test_exists_already(self, version: str) -> None:
        """The reason and the metadata have the index's id."""
        cluster = cluster_of(version, "foo")
        [index] = cluster.world.indices
        error = {
            "type": "resource_already_exists_exception",
            "reason": f"index [foo/{index.uuid}] already exists",
            "index_uuid": index.uuid,
            "index": "foo",
        }

        assert create(cluster, "foo").json == {"error": {"root_cause": [error], **error}, "status": 400}

    @sorts
    @pytest.mark.parametrize(
        ("path", "name", "description"),
        [
            ("Foo", "Foo", "must be lowercase"),
            ("-foo", "-foo", "must not start with '_', '-', or '+'"),
            ("_foo", "_foo", "must not start with '_', '-', or '+'"),
            ("a%23b", "a#b", "must not contain '#'"),
            ("..", "..", "must not be '.' or '..'"),
            ("a" * 256, "a" * 256, "index name is too long, (256 > 255)"),
        ],
    )
    def test_names_that_cannot_be(self, version: str, path: str, name: str, description: str) -> None:
        """The reason says why not."""
        error = {
            "type": "invalid_index_name_exception",
            "reason": f"Invalid index name [{name}], {description}",
            "index_uuid": "_na_",
            "index": name,
        }

        assert create(FakeCluster(version), path).json == {"error": {"root_cause": [error], **error}, "status": 400}

    @pytest.mark.parametrize(
        ("version", "characters"),
        [
            ("6.8", r"""[ , ", *, \, <, |, ,, >, /, ?]"""),
            ("7.17", r"""[ , ", *, \, <, |, ,, >, /, ?]"""),
            ("8.19", r"""[' ','"','*',',','/','<','>','?','\','|']"""),
        ],
    )
    def test_characters(self, version: str, characters: str) -> None:
        """Characters that no name of a file has are listed."""
        assert create(FakeCluster(version), "a,b").error["reason"] == (
            f"Invalid index name [a,b], must not contain the following characters {characters}"
        )

    def test_colon(self) -> None:
        """Up to 6.8 a name may have a colon."""
        assert create(FakeCluster("6.8"), "a:b").status == 200
        assert create(FakeCluster("7.0"), "a:b").error["reason"] == "Invalid index name [a:b], must not contain ':'"

    @sorts
    def test_keys(self, version: str) -> None:
        """There are three, and each is an object."""
        cluster = FakeCluster(version)

        assert reason(create(cluster, "foo", mapping={})) == (
            400,
            "parse_exception",
            "unknown key [mapping] for create index",
        )
        assert create(cluster, "foo", settings=5).error["reason"] == "key [settings] must be an object"
        assert names(cluster) == []

    @pytest.mark.parametrize(("version", "status"), [("6.8", 400), ("7.17", 400), ("8.19", 400)])
    def test_body_that_is_no_json(self, version: str, status: int) -> None:
        """Up to 8.0 the complaint is the cause of another one."""
        answer = FakeCluster(version).ask("PUT /foo", JSON, body="{mappings}")
        is_wrapped = version in lines("8.1")

        assert answer.status == status
        assert answer.error["type"] == ("x_content_parse_exception" if is_wrapped else "parse_exception")
        assert is_wrapped or answer.error["reason"] == "Failed to parse content to map"
        assert answer.error["caused_by"]["type"] == "json_parse_exception"

    @sorts
    def test_body_that_is_no_object(self, version: str) -> None:
        """An array is none."""
        assert FakeCluster(version).ask("PUT /foo", JSON, body="[]").status == 400


class TestTypes:
    """Where a mapping stands under its type."""

    @pytest.mark.parametrize("version", lines(until="6.8"))
    def test_in_6(self, version: str) -> None:
        """A mapping has a type, of any name, but not two."""
        cluster = FakeCluster(version)

        assert create(cluster, "foo", mappings={"doc": FOO}).status == 200
        assert cluster.ask("GET /foo").json["foo"]["mappings"] == {"doc": FOO}
        assert create(cluster, "bar", mappings={"b": FOO, "a": FOO}).error["reason"] == (
            "Rejecting mapping update to [bar] as the final mapping would have more than 1 type: [a, b]"
        )

    @pytest.mark.parametrize("version", ["6.7", "6.8"])
    def test_choice_in_6_7(self, version: str) -> None:
        """From 6.7 on one may choose, and is asked to."""
        cluster = FakeCluster(version)

        assert create(cluster, "foo", "?include_type_name=false", mappings=FOO).warnings == [SHARDS]
        assert create(cluster, "bar", "?include_type_name=true", mappings={"_doc": FOO}).warnings == [SHARDS]
        assert cluster.ask("GET /foo?include_type_name=false").json["foo"]["mappings"] == FOO
        assert cluster.ask("GET /bar").json["bar"]["mappings"] == {"_doc": FOO}

    @pytest.mark.parametrize("version", lines("7.0", "7.17"))
    def test_in_7(self, version: str) -> None:
        """A type has to be asked for, which is deprecated."""
        cluster = FakeCluster(version)
        refused = create(cluster, "foo", mappings={"_doc": FOO})
        answer = create(cluster, "foo", "?include_type_name=true", mappings={"doc": FOO})

        assert reason(refused) == (
            400,
            "illegal_argument_exception",
            "The mapping definition cannot be nested under a type [_doc] unless include_type_name is set to true.",
        )
        warning = (
            "[types removal] Using include_type_name in create index requests is deprecated. The parameter will be "
            "removed in the next major version."
        )
        assert (answer.status, answer.warnings) == (200, [warning])
        assert cluster.ask("GET /foo").json["foo"]["mappings"] == FOO
        assert cluster.ask("GET /foo?include_type_name=true").json["foo"]["mappings"] == {"doc": FOO}

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_from_8_on(self, version: str) -> None:
        """There is no type, and no parameter that asks for it."""
        cluster = FakeCluster(version)

        assert create(cluster, "foo", mappings={"doc": FOO}).error["reason"] == (
            "Failed to parse mapping: Root mapping definition has unsupported parameters:  "
            "[doc : {properties={a={type=date}}}]"
        )
        assert create(cluster, "foo", "?include_type_name=true", mappings=FOO).error["reason"] == (
            "request [/foo] contains unrecognized parameter: [include_type_name]"
        )

    def test_language_of_7_in_8(self) -> None:
        """A request in the language of 7 may ask for types in 8."""
        vendor = "application/vnd.elasticsearch+json; compatible-with=7"
        cluster = FakeCluster("8.19")
        answer = cluster.ask(
            "PUT /foo?include_type_name=true",
            ("Content-Type", vendor),
            ("Accept", vendor),
            body=json.dumps({"mappings": {"doc": FOO}}),
        )

        assert answer.status == 200
        [index] = cluster.world.indices
        assert index.mapping == FOO


class TestMappings:
    """Mappings that are none."""

    @pytest.mark.parametrize(
        ("mapping", "text"),
        [
            ({"properties": {"a": {"type": "foo"}}}, None),
            ({"properties": {"a": {}}}, "No type specified for field [a]"),
            (
                {"properties": {"a": 5}},
                "Expected map for property [fields] on field [a] but got a class java.lang.String",
            ),
            (
                {"a": {"type": [True, None]}},
                "Root mapping definition has unsupported parameters:  [a : {type=[true, null]}]",
            ),
        ],
    )
    @pytest.mark.parametrize("version", ["7.17", "8.0", "8.19", "9.5"])
    def test_are_refused(self, version: str, mapping: dict[str, Any], text: str | None) -> None:
        """The reason is that of the cause, behind words of its own."""
        handler = "No handler for type [foo] declared on field [a]"
        mapper = (
            "The mapper type [foo] declared on field [a] does not exist. It might have been created within a future "
            "version or requires a plugin to be installed. Check the documentation."
        )
        text = text or (mapper if version in lines("8.8") else handler)
        answer = create(FakeCluster(version), "foo", mappings=mapping)
        cause = {"type": "mapper_parsing_exception", "reason": text}
        start = "Failed to parse mapping [_doc]" if version == "7.17" else "Failed to parse mapping"

        assert answer.json == {
            "error": {
                "root_cause": [cause],
                "type": "mapper_parsing_exception",
                "reason": f"{start}: {text}",
                "caused_by": cause,
            },
            "status": 400,
        }

    @pytest.mark.parametrize("version", lines(until="6.8"))
    def test_name_their_type_in_6(self, version: str) -> None:
        """The type is the one that was sent."""
        answer = create(FakeCluster(version), "foo", mappings={"doc": {"properties": {"a": {}}}})

        assert answer.error["reason"] == "Failed to parse mapping [doc]: No type specified for field [a]"

    @every_version
    def test_are_shown(self, version: str) -> None:
        """Get Mapping shows those of one index or of all."""
        cluster = cluster_of(version, "foo", "bar")
        shown = {"mappings": mapping_of(version, FOO)}

        assert cluster.ask("GET /foo/_mapping").json == {"foo": shown}
        assert cluster.ask("GET /_mapping").json == {"bar": shown, "foo": shown}
        assert cluster.ask("GET /x/_mapping").json == missing(version, "x")

    @pytest.mark.parametrize("version", lines("7.0"))
    def test_are_added_to(self, version: str) -> None:
        """Fields are added, and `_meta` is replaced."""
        cluster = FakeCluster(version)
        cluster.world.add_index("foo", {**FOO, "_meta": {"x": 1}})
        update = {"properties": {"b": {"type": "long"}}, "_meta": {"y": 2}}
        answer = cluster.ask("PUT /foo/_mapping", JSON, body=json.dumps(update))

        assert (answer.text, answer.request.endpoint) == ('{"acknowledged":true}', "put_mapping")
        assert cluster.ask("GET /foo/_mapping").json["foo"]["mappings"] == {
            "properties": {"a": {"type": "date"}, "b": {"type": "long"}},
            "_meta": {"y": 2},
        }
        assert reason(cluster.ask("PUT /foo/_mapping"))[2] == "request body is required"
        assert cluster.ask("PUT /foo/_mapping", JSON, body='{"_doc":5}').status == 400

    @pytest.mark.parametrize("version", lines(until="6.6"))
    def test_need_a_type_in_6(self, version: str) -> None:
        """In 6.x the path has to name the type."""
        answer = cluster_of(version, "foo").ask("PUT /foo/_mapping", JSON, body=json.dumps(FOO))

        assert reason(answer) == (
            400,
            "action_request_validation_exception",
            "Validation Failed: 1: mapping type is missing;",
        )


class TestGet:
    """An index is described."""

    @every_version
    def test_all_that_there_is(self, version: str) -> None:
        """Aliases, mappings, and settings as texts."""
        cluster = FakeCluster(version)
        create(
            cluster,
            "foo",
            mappings=mapping_of(version, FOO),
            settings={"number_of_shards": 3, "index.refresh_interval": "5s", "index": {"blocks": {"write": False}}},
            aliases={"bar": {}},
        )
        shown = cluster.ask("GET /foo").json["foo"]
        [index] = cluster.world.indices

        assert list(shown) == ["aliases", "mappings", "settings"]
        assert shown["aliases"] == {"bar": {}}
        assert shown["mappings"] == mapping_of(version, FOO)
        settings = shown["settings"]["index"]
        assert ("routing" in settings) is (version in lines("7.10"))
        assert {key: value for key, value in settings.items() if key not in {"version", "routing"}} == {
            "number_of_shards": "3",
            "number_of_replicas": "1",
            "provided_name": "foo",
            "creation_date": "1577836800000",
            "uuid": index.uuid,
            "refresh_interval": "5s",
            "blocks": {"write": "false"},
        }

    @pytest.mark.parametrize(
        ("version", "created"),
        [("6.8.23", "6082399"), ("7.17.29", "7172999"), ("8.0.1", "8000199"), ("9.0", "9009000")],
    )
    def test_version(self, version: str, created: str) -> None:
        """The version that made it is a number; since 8.11 indices have versions of their own."""
        shown = cluster_of(version, "foo").ask("GET /foo").json

        assert shown["foo"]["settings"]["index"]["version"] == {"created": created}

    @sorts
    def test_patterns_and_aliases(self, version: str) -> None:
        """Wildcards, lists, aliases and exclusions stand for indices; a pattern may match none."""
        cluster = cluster_of(version, "a-1", "a-2", "b")
        create(cluster, "c", aliases={"x": {}})

        def found(path: str) -> list[str]:
            return list(cluster.ask(f"GET /{path}").json)

        assert found("a-*") == ["a-1", "a-2"]
        assert found("_all") == found("*") == ["a-1", "a-2", "b", "c"]
        assert found("b,a-1") == ["b", "a-1"]
        assert found("*,-a-*") == ["b", "c"]
        assert found("x") == ["c"]
        assert found("z*") == []
        assert found("b,z?ignore_unavailable=true") == ["b"]

    @sorts
    def test_missing(self, version: str) -> None:
        """A name that there is not is a 404, and a pattern if it has to match."""
        cluster = cluster_of(version, "a")

        assert cluster.ask("GET /foo").json == missing(version, "foo")
        assert cluster.ask("GET /a,foo").json == missing(version, "foo")
        assert cluster.ask("GET /foo*?allow_no_indices=false").json == missing(version, "foo*")

    @sorts
    def test_reserved(self, version: str) -> None:
        """A path that was meant for another API is refused as an index's."""
        answer = cluster_of(version).ask("GET /_foo")

        assert reason(answer) == (
            400,
            "invalid_index_name_exception",
            "Invalid index name [_foo], must not start with '_'.",
        )
        assert answer.request.endpoint == "refused"

    @every_version
    def test_head(self, version: str) -> None:
        """HEAD asks whether there is one."""
        cluster = cluster_of(version, "foo")

        assert cluster.ask("HEAD /foo").status == 200
        assert cluster.ask("HEAD /foo").request.endpoint == "exists_index"
        assert cluster.ask("HEAD /bar").status == 404


class TestDelete:
    """An index is gone."""

    @every_version
    def test_by_name(self, version: str) -> None:
        """Its name is free again."""
        cluster = cluster_of(version, "foo", "bar")

        assert cluster.ask("DELETE /foo").text == '{"acknowledged":true}'
        assert names(cluster) == ["bar"]
        assert cluster.ask("DELETE /foo").json == missing(version, "foo")

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_by_pattern_before_8(self, version: str) -> None:
        """Before 8.0 a pattern deletes all that it matches, and may match none."""
        cluster = cluster_of(version, "a-1", "a-2", "b")

        assert cluster.ask("DELETE /a-*").status == 200
        assert cluster.ask("DELETE /z*").status == 200
        assert names(cluster) == ["b"]
        assert cluster.ask("DELETE /_all").status == 200
        assert names(cluster) == []

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_only_by_name_from_8_on(self, version: str) -> None:
        """From 8.0 on each index is named."""
        cluster = cluster_of(version, "a-1", "b")

        for path in ("a-*", "_all", "*", "b,a-*"):
            assert reason(cluster.ask(f"DELETE /{path}")) == (
                400,
                "illegal_argument_exception",
                "Wildcard expressions or all indices are not allowed",
            )
        assert names(cluster) == ["a-1", "b"]
        assert cluster.ask("DELETE /a-1,b").status == 200
        assert names(cluster) == []

    @sorts
    def test_a_jobs_rollup_index(self, version: str) -> None:
        """What the cluster knew of a job from its index is forgotten, the job is not."""
        cluster = FakeCluster(version, "a")
        cluster.ask("DELETE /a_rollup")

        assert cluster.world.indices.rollup_metadata() == {}
        assert list(cluster.world.jobs) == ["a"]


class TestRefresh:
    """There is nothing to refresh, but shards that say so."""

    @every_version
    def test_shards(self, version: str) -> None:
        """The replica of each shard has no node; up to 6.8 an index has five."""
        cluster = cluster_of(version, "a", "b")
        one = 5 if version in lines(until="6.8") else 1

        for line, shards in (("POST /a/_refresh", one), ("GET /a,b/_refresh", 2 * one), ("POST /_refresh", 2 * one)):
            answer = cluster.ask(line)
            assert answer.json == {"_shards": {"total": 2 * shards, "successful": shards, "failed": 0}}
            assert answer.request.endpoint == "refresh"
        assert cluster.ask("POST /z*/_refresh").json == {"_shards": {"total": 0, "successful": 0, "failed": 0}}
        assert cluster.ask("POST /c/_refresh").json == missing(version, "c")
