"""Clients in other languages: the programs of the how-to page, run as it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.command.serving import PROGRAM, serve

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "serve-the-fake-to-any-language.md"
CLIENT: Final = "@elastic/elasticsearch@8.19"
FINGERPRINT: Final = """
import { Client } from '@elastic/elasticsearch'
const [node, caFingerprint] = process.argv.slice(2)
const client = new Client({ node, caFingerprint, tls: { rejectUnauthorized: false }, maxRetries: 0 })
console.log(await client.info().then(() => true, error => error.message))
"""


def shown_file(name: str) -> str:
    """Return a file that the page shows."""
    block = rf"(?ms)^```\S+ {re.escape(name)}\n(.*?)^```$"
    match = re.search(block, PAGE.read_text(encoding="utf-8"))
    assert match is not None
    return match[1]


@pytest.fixture
def node_folder(pytestconfig: pytest.Config, tmp_path: Path) -> Path:
    """Give a folder where Node.js finds the official client, which stays in pytest's cache, if there is one."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node.js is not installed, or has no npm")
    cache = getattr(pytestconfig, "cache", None)  # a plugin, which may be off
    folder = tmp_path if cache is None else cache.mkdir("node")
    if not (folder / "node_modules" / CLIENT.rpartition("@")[0]).exists():
        command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), CLIENT]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install {CLIENT}: {done.stderr.strip().splitlines()[0]}")
    return folder


def test_the_official_client_of_node_js_and_the_admin_api(node_folder: Path) -> None:
    """An answer is lost, and the client's own retry finds the job stopped."""
    program = node_folder / "retire.mjs"
    program.write_text(shown_file("retire.mjs"), encoding="utf-8")
    with serve("--version", "8.19") as served:
        command = ["node", str(program), served.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr == ""
    assert done.stdout == shown_file("retire.txt")


def test_the_official_client_of_node_js_takes_the_fingerprint(node_folder: Path) -> None:
    """It looks for the authority's, which it finds only in a certificate that may have signed itself."""
    program = node_folder / "fingerprint.mjs"
    program.write_text(FINGERPRINT, encoding="utf-8")
    with serve("--version", "8.19", "--tls", lines=3) as served:
        fingerprint = served.printed[2].rpartition(" ")[2]
        outcomes = []
        for given in (fingerprint, fingerprint[2:] + fingerprint[:2]):
            command = ["node", str(program), served.url, given]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            outcomes.append((done.stdout, done.stderr))

    refusal = "Server certificate CA fingerprint does not match the value configured in caFingerprint\n"
    assert outcomes == [("true\n", ""), (refusal, "")]


def test_a_shell_script_with_curl_and_the_admin_api(tmp_path: Path) -> None:
    """A stop is parked, waited for, and answered by an advance."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (tmp_path / "drive.sh").write_text(shown_file("drive.sh"), encoding="utf-8")
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "drive.sh"],  # noqa: S607  (the user's own)
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ['      "outcome": "pending",', '  "now": 45.0,', '{"stopped":true}']
