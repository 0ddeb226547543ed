"""Reading test files: a stream of YAML documents, each with named lists of sections.

Values are read as the Java runner reads them, with Jackson: `yes` and `on` are words, dates are texts, and keys are
always texts. PyYAML's own rules would make booleans, dates and numbers of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from .outcomes import NotRun

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Section:
    """One step of a test: its kind, such as `do` or `match`, what stands below it, and in which line it begins."""

    kind: str
    content: object
    line: int


@dataclass(slots=True)
class SuiteFile:
    """The tests of a file by name, with what runs before and after each."""

    setup: Sequence[Section] = ()
    teardown: Sequence[Section] = ()
    tests: dict[str, Sequence[Section]] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """PyYAML's loader with the scalars of YAML's JSON schema, as Jackson reads them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002  (PyYAML's signature)
        """Read a mapping, its keys as they are written."""
        self.flatten_mapping(node)
        if not all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is a text", node.start_mark)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))


def read_file(path: Path) -> SuiteFile:
    """Read a test file; raises `NotRun` for one that is none, naming the place."""
    found = SuiteFile()
    try:
        for name, sections in _read_documents(path.read_text(encoding="utf-8")):
            match name:
                case "setup":
                    found.setup = sections
                case "teardown":
                    found.teardown = sections
                case _:
                    found.tests[name] = sections
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotRun(f"the file cannot be read: {' '.join(str(error).split())}") from None
    return found


def _read_documents(text: str) -> Iterator[tuple[str, list[Section]]]:
    """Yield what stands at the top of each document, each a name and its sections."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            document = loader.get_node()
            if document is None:
                continue
            for name, sections in _pairs_of(document):
                yield name, [_read_section(loader, node) for node in _items_of(sections)]
    finally:
        loader.dispose()


def _read_section(loader: _Loader, node: yaml.Node) -> Section:
    pairs = _pairs_of(node)
    if len(pairs) != 1:
        raise _misplaced(node, "a section is a mapping with one key, such as `- do:`")
    kind, content = pairs[0]
    return Section(kind, loader.construct_object(content, deep=True), node.start_mark.line + 1)


def _pairs_of(node: yaml.Node) -> list[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode) and all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
        return [(key.value, value) for key, value in node.value]
    if _is_empty(node):
        return []
    raise _misplaced(node, "a document of tests is a mapping of names to lists of sections")


def _items_of(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        return list(node.value)
    if _is_empty(node):
        return []
    raise _misplaced(node, "below a test's name stands a list of sections")


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value == ""


def _misplaced(node: yaml.Node, rule: str) -> NotRun:
    return NotRun(f"the file cannot be read: line {node.start_mark.line + 1}: {rule}")
