"""Elasticsearch's exceptions as values."""

from __future__ import annotations

import re

import pytest

from pytest_rollup_fake.model.versions import parse_version, profile_of
from pytest_rollup_fake.rest import errors
from tests.support import lines


def name_of(java_class: str) -> str:
    """Return the name of an exception as ElasticsearchException.getExceptionName makes it."""
    simple = java_class.replace("$", ".").rpartition(".")[2].removeprefix("Elasticsearch")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", simple).lower()


@pytest.mark.parametrize("version", lines())
def test_a_type_is_the_name_of_its_class(version: str) -> None:
    """In snake case, without `Elasticsearch` in front; so a stack trace and a type never contradict each other."""
    profile = profile_of(parse_version(version))
    cause = errors.illegal_argument("x")
    built = [
        cause,
        errors.number_format("x"),
        errors.bad_parameter(cause),
        errors.parse_exception("x"),
        errors.invalid_index_name("x", "y"),
        errors.resource_not_found("x"),
        errors.elasticsearch_exception("x"),
        errors.status_exception("x", 409),
        errors.action_request_validation(["x"]),
        errors.action_request_validation(["x"], profile.mapping_validation_type),
        errors.index_not_found("x", profile),
        errors.resource_already_exists("x"),
        errors.mapper_parsing("x"),
        errors.timeout("x", profile),
        errors.process_cluster_event_timeout("x", profile),
        errors.rejected_execution("x"),
        errors.circuit_breaking(profile),
        errors.master_not_discovered(),
        errors.cluster_block(None, profile),
    ]

    assert [error.type for error in built] == [name_of(error.java_class) for error in built]
