"""What every test of this folder begins with."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake import RollupCluster
from tests.elasticsearch.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def bare_api(line: str) -> Iterator[Api]:
    """Give the API of a cluster without anything in it, whose time stands still."""
    with RollupCluster(line, clock="manual") as cluster, closing(Api(cluster)) as api:
        yield api


@pytest.fixture
def api(bare_api: Api) -> Api:
    """Give the API of a cluster that has the index `foo`."""
    bare_api.set_up()
    return bare_api


@pytest.fixture
def with_job(api: Api) -> Api:
    """Give the API of a cluster that has the job `foo` too."""
    api.create_job("foo")
    return api
