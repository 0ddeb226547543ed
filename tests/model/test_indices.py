"""Indices: their mappings, and what rollup jobs leave in them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_rollup_fake.model.indices import (
    Index,
    Indices,
    MappingError,
    check_mapping,
    check_name,
    field_types,
    matches,
    split_type,
)

CONFIG = {"id": "foo", "index_pattern": "foo", "rollup_index": "foo_rollup"}


def indices(*names: str) -> Indices:
    """Return indices of these names, without mappings."""
    made = Indices()
    for name in names:
        made.add(Index(name, {}))
    return made


class TestNames:
    """How indices are found."""

    def test_by_name(self) -> None:
        """There is one of a name, or none."""
        made = indices("a", "b")

        assert [index.name for index in made] == ["a", "b"]
        assert made.get("a") is made.named("a")[0]
        assert made.get("c") is None
        assert made.named("c") == []

    def test_by_alias(self) -> None:
        """An alias stands for all that have it."""
        made = indices("a")
        made.add(Index("b", {}, aliases={"x": {}}))
        made.add(Index("c", {}, aliases={"x": {}}))

        assert [index.name for index in made.named("x")] == ["b", "c"]

    @pytest.mark.parametrize(
        ("pattern", "names"),
        [
            ("*", ["a-1", "a-2", "b"]),
            ("_all", ["a-1", "a-2", "b"]),
            ("a-*", ["a-1", "a-2"]),
            ("*1", ["a-1"]),
            ("a", []),
            ("x*", ["b"]),
        ],
    )
    def test_by_pattern(self, pattern: str, names: list[str]) -> None:
        """A star stands for anything, in names and aliases."""
        made = indices("a-1", "a-2")
        made.add(Index("b", {}, aliases={"xyz": {}}))

        assert [index.name for index in made.matching(pattern)] == names

    @pytest.mark.parametrize(
        ("pattern", "name", "expected"),
        [("a*c", "abc", True), ("a*c", "ac", True), ("a.c", "abc", False), ("[a]", "a", False), ("*", "", True)],
    )
    def test_only_stars_are_special(self, pattern: str, name: str, expected: bool) -> None:  # noqa: FBT001  (parametrised)
        """Nothing else in a pattern means anything."""
        assert matches(pattern, name) is expected

    def test_a_name_is_taken_once(self) -> None:
        """A second index of a name is refused, until the first is removed."""
        made = indices("a")
        with pytest.raises(ValueError, match="there is an index 'a' already"):
            made.add(Index("a", {}))
        made.remove(made.named("a")[0])

        made.add(Index("a", {}))

    @pytest.mark.parametrize("name", ["", "A", "_a", "-a", "+a", "a b", "a*", "a,b", "a#b", ".", ".."])
    def test_names_that_cannot_be(self, name: str) -> None:
        """The refusal says what a name is."""
        with pytest.raises(ValueError, match="an index name is in lower case, begins with none of"):
            check_name(name)

    def test_what_is_no_name(self) -> None:
        """A name is a text."""
        with pytest.raises(TypeError, match=r"an index name is a text, not 5 \(int\)"):
            check_name(5)

    def test_ids_differ(self) -> None:
        """Each index has an id of 22 characters."""
        first, second = indices("a", "b")

        assert first.uuid != second.uuid
        assert len(first.uuid) == 22


class TestMappings:
    """What is a mapping."""

    @pytest.mark.parametrize(
        "mapping",
        [
            {},
            {"_meta": {"a": 1}},
            {"properties": {"a": {"type": "keyword"}, "b": {"properties": {"c": {"type": "long"}}}}},
            {"properties": {"a": {"type": "text", "fields": {"raw": {"type": "keyword"}}}}},
            {"properties": {"a": {"enabled": False}}},
            {"dynamic": "strict", "dynamic_templates": [], "_source": {"enabled": True}},
        ],
    )
    def test_taken(self, mapping: dict[str, Any]) -> None:
        """It is copied, so that the caller's stays the caller's."""
        copied = check_mapping(mapping)

        assert copied == mapping
        assert copied is not mapping

    @pytest.mark.parametrize("mapping", [None, "x", [], 5])
    def test_no_dict(self, mapping: object) -> None:
        """The refusal shows an example."""
        with pytest.raises(TypeError, match=r"a mapping is a dict such as \{'properties': \{'timestamp'"):
            check_mapping(mapping)

    @pytest.mark.parametrize(
        ("mapping", "message"),
        [
            ({"timestamp": {"type": "date"}}, "unknown key 'timestamp' in a mapping (did you mean"),
            (
                {"propertis": {"a": {}}, "dynamic": "strict"},
                "unknown key 'propertis' in a mapping (did you",
            ),
            ({"properties": []}, "'properties' of a mapping is a dict of fields"),
            ({"properties": {"a": "date"}}, "field 'a' of a mapping is a dict such as {'type': 'keyword'}, not 'date'"),
            ({"properties": {"a": {}}}, "field 'a' of a mapping has neither a 'type' nor 'properties'"),
            (
                {"properties": {"a": {"type": "string"}}},
                "unknown type 'string' of field 'a' in a mapping; the types are",
            ),
            ({"properties": {"a": {"properties": {"b": {"type": "x"}}}}}, "unknown type 'x' of field 'b'"),
            ({"properties": {"a": {"type": "text", "fields": {"b": {"type": "x"}}}}}, "unknown type 'x' of field 'b'"),
        ],
    )
    def test_no_mapping(self, mapping: object, message: str) -> None:
        """The refusal says what was wrong, and what is allowed."""
        with pytest.raises(MappingError) as caught:
            check_mapping(mapping)

        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize(
        ("mapping", "expected"),
        [
            ({"_doc": {"properties": {}}}, ("_doc", {"properties": {}})),
            ({"doc": {"_meta": {}}}, ("doc", {"_meta": {}})),
            ({"properties": {}}, ("_doc", {"properties": {}})),
            ({"a": {"type": "date"}}, ("_doc", {"a": {"type": "date"}})),
            ({}, ("_doc", {})),
            (None, ("_doc", None)),
        ],
    )
    def test_type(self, mapping: object, expected: tuple[str, object]) -> None:
        """A mapping as 6.x has it stands under its type."""
        assert split_type(mapping) == expected


class TestFields:
    """Fields, their types, and whether one can aggregate on them."""

    def test_types(self) -> None:
        """Fields inside of objects and other fields have dots in their names."""
        index = Index(
            "a",
            {
                "properties": {
                    "a": {"type": "date"},
                    "b": {"properties": {"c": {"type": "long", "doc_values": False}}},
                    "d": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
                    "e": {"type": "text", "fielddata": True},
                    "f": {"type": "nested", "properties": {"g": {"type": "ip"}}},
                }
            },
        )

        assert list(index.fields()) == [
            ("a", "date", True),
            ("b.c", "long", False),
            ("d", "text", False),
            ("d.raw", "keyword", True),
            ("e", "text", True),
            ("f.g", "ip", True),
        ]

    def test_several_indices(self) -> None:
        """A type can be aggregated on if it can in all indices that have it; types are in the order of their names."""
        first = Index("a", {"properties": {"x": {"type": "long"}, "y": {"type": "keyword"}}})
        second = Index("b", {"properties": {"x": {"type": "date"}, "y": {"type": "keyword", "doc_values": False}}})

        assert list(field_types([first, second], "x").items()) == [("date", True), ("long", True)]
        assert field_types([first, second], "y") == {"keyword": False}
        assert field_types([first, second], "z") == {}


class TestRollup:
    """What jobs leave behind."""

    def test_index_is_made(self) -> None:
        """The first job of a rollup index makes it, others are added, and neither is the caller's own."""
        made = Indices()
        config = {**CONFIG, "groups": {"terms": {"fields": ["a"]}}}
        made.remember_job(config, "7.17.29")
        made.remember_job({**CONFIG, "id": "bar"}, "8.19.21")
        config["groups"]["terms"]["fields"].append("b")  # type: ignore[index]

        assert made.rollup_metadata().keys() == {"foo_rollup"}
        assert list(made.rollup_metadata()["foo_rollup"]) == ["foo", "bar"]
        assert made.rollup_metadata()["foo_rollup"]["foo"]["groups"] == {"terms": {"fields": ["a"]}}
        index = made.get("foo_rollup")
        assert index is not None
        assert index.mapping["_meta"]["rollup-version"] == "7.17.29"

    def test_index_that_is_there(self) -> None:
        """A job that a test puts there is written into whatever index there is."""
        made = indices("foo_rollup")
        made.remember_job(CONFIG, "")

        assert made.rollup_metadata() == {"foo_rollup": {"foo": CONFIG}}

    @pytest.mark.parametrize("mapping", [{}, {"_meta": {}}, {"_meta": "x"}, {"_meta": {"_rollup": 5}}])
    def test_no_rollup_index(self, mapping: dict[str, Any]) -> None:
        """An index without such metadata is none."""
        made = Indices()
        made.add(Index("a", mapping))

        assert made.rollup_metadata() == {}
        assert made.are_given

    def test_rollup_indices_are_not_given_to_be_rolled_up(self) -> None:
        """Only another one is."""
        made = Indices()
        made.remember_job(CONFIG, "")

        assert not made.are_given
        made.add(Index("foo", {}))
        assert made.are_given
