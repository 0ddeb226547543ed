"""Where the tests and the descriptions of the APIs stand, below or above the path that the user names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

_VERSION_FILES: Final = ("build-tools-internal/version.properties", "buildSrc/version.properties")
_VERSION = re.compile(r"^elasticsearch\s*=\s*(\d+\.\d+)", re.MULTILINE)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_API_FOLDERS: Final = (
    "rest-api-spec/src/main/resources/rest-api-spec/api",
    "x-pack/plugin/src/test/resources/rest-api-spec/api",
    "x-pack/plugin/src/yamlRestTest/resources/rest-api-spec/api",
    "rest-api-spec/api",
)
"""Seen from a checkout's root, or from a folder of resources; those of X-Pack were moved twice."""

_ROLLUP_TESTS: Final = ("x-pack/**/rest-api-spec/test/rollup/**/*.yml", "x-pack/**/rest-api-spec/test/rollup/*.yml")


def find_tests(path: Path) -> dict[str, Path]:
    """Return the test files at a path by the names to show: one file, all of a folder, or a checkout's rollup tests.

    Raises `FileNotFoundError` if there is none.
    """
    if path.is_file():
        return {path.name: path}
    if (path / "x-pack").is_dir():
        found = {file for pattern in _ROLLUP_TESTS for file in path.glob(pattern)}
    else:
        found = {*path.rglob("*.yml"), *path.rglob("*.yaml")}
    if not found:
        what = "a checkout of Elasticsearch, a folder of YAML tests or one such file"
        raise FileNotFoundError(f"{path}: no tests here; PATH is {what}")
    return {file.relative_to(path).as_posix(): file for file in sorted(found)}


def find_apis(path: Path) -> list[Path]:
    """Return the folders that describe APIs, in a path or in a folder around it, the nearest first."""
    absolute = path.resolve()
    return list(_known_folders(absolute, *absolute.parents))


def _known_folders(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (place for name in _API_FOLDERS if (place := folder / name).is_dir())


def find_line(path: Path) -> str | None:
    """Return of which version line the checkout is that a path is in, `None` if it is in none."""
    absolute = path.resolve()
    for folder in (absolute, *absolute.parents):
        for name in _VERSION_FILES:
            file = folder / name
            if file.is_file() and (match := _VERSION.search(file.read_text(encoding="utf-8"))):
                return match[1]
    return None
