"""The texts of Elasticsearch: whoever sends one fills in all that it leaves open, and nothing else."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest_rollup_fake
from pytest_rollup_fake.rest import messages

_ITS_OWN = {"TYPES_DEPRECATED"}
"""Texts in which braces are Elasticsearch's own."""


def fields_of(text: object) -> set[str]:
    """Return the names of what a text leaves open."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name} if isinstance(text, str) else set()


def name_of(node: ast.AST) -> str | None:
    """Return the name of a text as a module asks for it: `messages.TASK_NOT_FOUND`."""
    is_text = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "messages"
    return node.attr if is_text and isinstance(node, ast.Attribute) else None


def uses() -> list[tuple[str, set[str]]]:
    """Return each use of a text in the package, with the fields that it fills in."""
    found = []
    for path in Path(pytest_rollup_fake.__file__).parent.rglob("*.py"):
        filled: dict[ast.AST, set[str]] = {}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):  # a call before what it calls
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
                filled[node.func.value] = {str(keyword.arg) for keyword in node.keywords}
            name = name_of(node)
            if name is not None:
                found.append((name, filled.get(node, set())))
    return found


def test_every_field_of_a_text_is_filled_in() -> None:
    """A field that nobody gives would be an exception, and one that no text has would be lost in silence."""
    wrong = [
        f"{name} has {sorted(fields)}, not {sorted(filled)}"
        for name, filled in uses()
        if name not in _ITS_OWN and filled != (fields := fields_of(getattr(messages, name)))
    ]

    assert not wrong


def test_every_text_is_sent() -> None:
    """A text that no module asks for is one that nobody holds against Elasticsearch."""
    names = {name for name in vars(messages) if name.isupper() and not name.startswith("_")}

    assert names - {name for name, _ in uses()} == {"TYPE_CHECKING"}
