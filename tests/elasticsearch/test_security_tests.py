"""security_tests.yml: a job that its creator's rights limit.

There one of two documents is rolled up, since the creator may not read the other one. A job here sees as many documents
as a test says; what is held is that such a user can do all of this, and nothing else.
"""

from __future__ import annotations

import base64
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from pytest_rollup_fake import RollupCluster
from tests.elasticsearch.api import Api, each_line

if TYPE_CHECKING:
    from collections.abc import Iterator

CRON = "* * * * * ?"


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header that sends a password."""
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


@contextmanager
def as_user(line: str, **indices: list[str]) -> Iterator[Api]:
    """Give the API of a cluster with two indices, to a user who may manage rollup jobs and read what is said."""
    with RollupCluster(line, clock="manual", security=True) as cluster:
        with closing(Api(cluster, basic("elastic", "changeme"))) as superuser:
            superuser.set_up()
            superuser.create_source("foobar")
        rights = {"rollup": ["all"], **indices}
        cluster.security.add_user("test_user", "x-pack-test-password", cluster=["manage_rollup"], indices=rights)
        with closing(Api(cluster, basic("test_user", "x-pack-test-password"))) as api:
            yield api


def roll_up_one_document(api: Api) -> None:
    """Create a job, let it run once over one document, and wait for the run's end."""
    api.create_job("foo", index_pattern="foo*", rollup_index="rollup", cron=CRON)
    api.cluster.jobs["foo"].run_documents = 1
    assert api.start_job("foo").body == {"started": True}
    api.cluster.clock.advance("1s")
    assert api.stop_job("foo").body == {"stopped": True}


@each_line()
def test_index_based_access(line: str) -> None:
    """Index-based access: a user who may read one index of a pattern has a job of it roll up one document."""
    with as_user(line, foo=["read", "view_index_metadata"]) as api:
        roll_up_one_document(api)

        assert api.stats("foo")["documents_processed"] == 1
        assert (api.send("GET", "foo").status, api.send("GET", "foobar").status) == (200, 403)


@each_line()
def test_attribute_based_access(line: str) -> None:
    """Attribute-based access: likewise a user who may read both, and in them one document."""
    with as_user(line, foo=["read", "view_index_metadata"], foobar=["read", "view_index_metadata"]) as api:
        roll_up_one_document(api)

        assert api.stats("foo")["documents_processed"] == 1
        assert (api.send("GET", "foo").status, api.send("GET", "foobar").status) == (200, 200)
