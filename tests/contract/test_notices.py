"""The suite notices a fake that is wrong: one behaviour at a time is that of another version."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake.contract.cases import CASES
from pytest_rollup_fake.contract.client import Client
from pytest_rollup_fake.contract.expectation import Needs
from pytest_rollup_fake.contract.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake import MakeRollupCluster, RollupCluster


def differing(cluster: RollupCluster, endpoint: str) -> Iterator[str]:
    """Yield the cases of an endpoint that a cluster does not agree with."""
    subject = Subject(Client(cluster.url), cluster)
    subject.begin()
    try:
        for case in CASES:
            if case.endpoint != endpoint or not case.applies_to(subject.product.version):
                continue
            if case.needs in {Needs.NOTHING, Needs.FAKE} and subject.hold(case)[0]:
                yield case.name
    finally:
        subject.end()


@pytest.mark.parametrize(
    ("version", "endpoint", "changes"),
    [
        ("9.5", "stop", {"timeout_status": 500}),
        ("9.5", "stop", {"timeout_mark": "none"}),
        ("9.5", "delete", {"rollup_is_deprecated": False}),
        ("9.5", "index_caps", {"rollup_is_deprecated": False}),
        ("8.19", "start", {"start_is_idempotent": False}),
        ("7.17", "start", {"start_is_idempotent": True}),
        ("7.17", "xpack", {"xpack_paths": "plain"}),
        ("7.17", "caps", {"product_header": False}),
        ("7.10", "get", {"stats": ("pages_processed",)}),
        ("7.10", "get", {"upgraded_doc_id": False}),
        ("7.10", "forms", {"json_content_type": "application/json"}),
        ("7.10", "parameters", {"negative_time_is_refused": False}),
        ("7.6", "forms", {"repeated_opaque_id": "accepted"}),
        ("7.0", "bodies", {"body_where_none_is_taken": "ignored"}),
        ("7.0", "put", {"interval_keys": "as given", "rollup_meta_wording": "short"}),
        ("7.0", "search", {"total_hits": "number"}),
        ("6.8", "bodies", {"body_where_none_is_taken": "refused"}),
        ("6.6", "stop", {"stop_timeout_names_state": True}),
        ("6.5", "delete", {"delete_needs_stopped": False}),
        ("6.4", "delete", {"delete_text_has_brackets": True}),
        ("6.3", "info", {"wire_compatibility": "6.8.0"}),
    ],
)
def test_a_behaviour_of_another_version_is_noticed(
    make_rollup_cluster: MakeRollupCluster, version: str, endpoint: str, changes: dict[str, Any]
) -> None:
    """Some case differs; without the change none does."""
    right, wrong = make_rollup_cluster(version), make_rollup_cluster(version)
    assert wrong.world.profile is not None
    wrong.world.profile = dataclasses.replace(wrong.world.profile, **changes)

    assert list(differing(right, endpoint)) == []
    assert list(differing(wrong, endpoint)) != []
