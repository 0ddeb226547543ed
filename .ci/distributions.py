"""Check what is to be published: `distributions.py FOLDER`, in which `uv build` has put a wheel and an sdist.

What belongs into them is what the repository tracks, so a new file is expected without being listed here.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path
from typing import Final

PACKAGE: Final = "pytest_rollup_fake"
RUNTIME: Final = {"pytest", "pytest-httpserver", "werkzeug"}
ENTRY_POINTS: Final = {f"rollup_fake = {PACKAGE}.plugin", f"rollup-fake = {PACKAGE}.command.main:main"}
PROJECT: Final = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]


def main(folder: Path) -> None:
    """Check both; exits with what is wrong."""
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    listed = subprocess.run(["/usr/bin/env", "git", "ls-files"], capture_output=True, check=True, text=True)
    tracked = set(listed.stdout.splitlines())
    wrong = [*check_sdist(sdist, tracked), *check_wheel(wheel, {name for name in tracked if name.startswith(PACKAGE)})]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{wheel.name} and {sdist.name} hold what they should")


def check_sdist(path: Path, tracked: set[str]) -> list[str]:
    """Say what is wrong with the sdist: it holds all that the repository does, so that it can be tested."""
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    return differences(path.name, names, tracked | {"PKG-INFO"})


def check_wheel(path: Path, package: set[str]) -> list[str]:
    """Say what is wrong with the wheel: it holds the package with its data, the licence and the metadata, no more."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        (about,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        metadata = message_from_bytes(archive.read(f"{about}/METADATA"))
        entry_points = archive.read(f"{about}/entry_points.txt").decode().split("\n")
    described = {f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")}
    needed = {line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line}
    found: dict[str, tuple[object, object]] = {
        "runtime dependencies": ({line.partition(">")[0] for line in needed}, RUNTIME),
        "extras": (set(metadata.get_all("Provides-Extra", [])), set(PROJECT["optional-dependencies"])),
        "Python": (metadata["Requires-Python"], ">=3.11"),
        "licence": (metadata["License-Expression"], "MIT"),
        "type of the description": (metadata["Description-Content-Type"], "text/markdown"),
        "entry points": ({line for line in entry_points if " = " in line}, ENTRY_POINTS),
    }
    return [
        *differences(path.name, names, package | described),
        *(f"{path.name}: {what}: {is_!r}, not {should!r}" for what, (is_, should) in found.items() if is_ != should),
    ]


def differences(archive: str, names: set[str], expected: set[str]) -> list[str]:
    """Say which files are missing, and which are too many."""
    return [
        *(f"{archive} lacks {name}" for name in sorted(expected - names)),
        *(f"{archive} should not hold {name}" for name in sorted(names - expected)),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
