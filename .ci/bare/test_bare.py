"""The installed wheel, with nothing beside it but what it requires: run by `.ci/run` alone."""

from __future__ import annotations

import http.client
import importlib.util
import json
import pkgutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pytest_rollup_fake

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

OF_EXTRAS = ("cryptography", "jinja2", "trustme", "yaml")
OF_DEVELOPMENT = ("elasticsearch8", "h11", "httpx", "hypothesis", "requests")


def call(cluster: RollupCluster, method: str, path: str) -> tuple[int, Any]:
    """Send a request, and return status and body of the answer."""
    connection = http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_it_is_the_installed_one() -> None:
    """Not the one of a clone."""
    assert Path(pytest_rollup_fake.__file__).is_relative_to(sysconfig.get_path("purelib"))


@pytest.mark.parametrize("name", OF_EXTRAS + OF_DEVELOPMENT)
def test_nothing_else_is_installed(name: str) -> None:
    """Or the tests below would say nothing."""
    assert importlib.util.find_spec(name) is None


def test_every_module_can_be_imported_or_names_its_extra() -> None:
    """Nothing needs what only the developers have; what needs an extra lacks that and nothing else."""
    lacking = set()
    for module in pkgutil.walk_packages(pytest_rollup_fake.__path__, "pytest_rollup_fake."):
        if module.name.endswith(".__main__"):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            lacking.add(error.name)
    assert lacking <= set(OF_EXTRAS)


def test_a_job_is_stopped(rollup_cluster: RollupCluster) -> None:
    """By the standard library's client."""
    job = rollup_cluster.add_job("sensor")

    assert call(rollup_cluster, "POST", "/_rollup/job/sensor/_stop") == (200, {"stopped": True})
    assert job.state == "stopped"


@pytest.mark.rollup_versions("all")
def test_a_stop_times_out(rollup_cluster: RollupCluster) -> None:
    """In every version, after 30 s that nobody waits for; one of 6.3 to 6.5 does not know how to wait."""
    rollup_cluster.add_job("sensor", state="indexing", stop_delay="45s")

    status, body = call(rollup_cluster, "POST", "/_rollup/job/sensor/_stop?wait_for_completion=true")

    assert status in {400, 429, 500}
    assert "wait_for_completion" in str(body) or "Timed out after [30s]" in str(body)


def test_unfaked_apis_are_known(make_rollup_cluster: MakeRollupCluster) -> None:
    """Their table is a file of the package."""
    cluster = make_rollup_cluster("9", unfaked=True)

    assert call(cluster, "GET", "/_cat/indices")[0] == 501


def test_tls_names_its_extra(make_rollup_cluster: MakeRollupCluster) -> None:
    """And how to install it."""
    with pytest.raises(ImportError, match=r"pytest-rollup-fake\[tls\]"):
        make_rollup_cluster(tls=True)
