"""Scenario files: a cluster and what is in it, written as TOML.

A scenario is applied to a cluster that nobody can see yet, so that it is there as a whole or not at all.
"""

from __future__ import annotations

import contextlib
import tomllib
from typing import TYPE_CHECKING, Any

from pytest_rollup_fake.admin import documents
from pytest_rollup_fake.admin.checking import TOML_WORDS, DocumentError, at, check, scenario_schema
from pytest_rollup_fake.model.versions import parse_version

from .toml_lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_rollup_fake.cluster import RollupCluster


class Scenario:
    """A scenario file that was read and held against its schema.

    Raises `ValueError` with file, line, place, and what is wrong and allowed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = _read(path)
        self._content = _parse(path, self._text)
        with self._explained():
            check(self._content, scenario_schema(), TOML_WORDS)
            with at("settings", "version"):
                if "version" in self.settings:
                    parse_version(self.settings["version"])

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the cluster, as `RollupCluster` takes them."""
        settings: dict[str, Any] = dict(self._content.get("settings", {}))
        if settings.get("security") is False:
            settings["security"] = None
        return settings

    def apply(self, cluster: RollupCluster, *keys: str) -> None:
        """Add what there is, or what is in these lists; raises `ValueError` as the constructor does."""
        with self._explained():
            for key, add in documents.PARTS.items():
                if keys and key not in keys:
                    continue
                for number, document in enumerate(self._content.get(key, ())):
                    with at(key, number):
                        add(cluster, document)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DocumentError as error:
            line = Lines(self._text).of(error.place)
            message = f"{self._path}, line {line}: {error}"
            raise ValueError(message) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"the scenario {path} cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        message = f"the scenario {path} is not UTF-8: {error}"
    raise ValueError(message)


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its text ends with line and column
        message = f"{path} is no TOML: {error}"
        raise ValueError(message) from None
