"""rollup_search.yml, as far as no rolled up document is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api

ONE_AT_A_TIME = "RollupSearch currently only supports searching one rollup index at a time."
FOUND = "Found the following rollup indices: [bar_rollup, foo_rollup]"
CANADA_MOUNTAIN = (
    "Creating Rollup job [tz] with timezone [Canada/Mountain], but [Canada/Mountain] has been deprecated by the IANA.  "
    "Use [America/Edmonton] instead."
)


def count(api: Api) -> dict[str, object]:
    """Return a search for one group and one metric."""
    inner = {"the_max": {"max": {"field": "value_field"}}}
    return {"size": 0, "aggs": {"histo": {"date_histogram": {"field": "the_field", api.interval: "1h"}, "aggs": inner}}}


@each_line("6.5")
def test_empty_aggregation(with_job: Api) -> None:
    """Empty aggregation: a search for nothing finds nothing, with a total of 0 and no aggregations."""
    query = "rest_total_hits_as_int=true" if with_job.is_from("7.0") else ""

    response = with_job.rollup_search("foo_rollup", {"size": 0, "aggs": {}}, query)

    assert (response.status, response.body["hits"]["total"], response.body["hits"]["hits"]) == (200, 0, [])
    assert "aggregations" not in response.body


@each_line("7.0")
def test_empty_aggregation_with_new_response_format(with_job: Api) -> None:
    """Empty aggregation with new response format: the total is an object."""
    response = with_job.rollup_search("foo_rollup", {"size": 0, "aggs": {}})

    assert (response.status, response.body["hits"]["total"]) == (200, {"value": 0, "relation": "eq"})
    assert "aggregations" not in response.body


@pytest.fixture
def two_rollup_indices(api: Api) -> Api:
    """Give the API of a cluster with two rollup indices; each has an alias of its own, and they share one."""
    for name in ("foo", "bar"):
        mapping = {"_meta": {"_rollup": {}, "rollup-version": str(api.cluster.version)}}
        api.create_index(f"{name}_rollup", mapping, aliases={"both_alias": {}, f"{name}_alias": {}})
        api.create_job(name, rollup_index=f"{name}_rollup")
    return api


@each_line()
def test_wildcards_matching_two_rollup_indices(two_rollup_indices: Api) -> None:
    """Wildcards matching two rollup indices: it is an error, which names them from 6.5 on."""
    response = two_rollup_indices.rollup_search("*_rollup", count(two_rollup_indices))

    assert (response.status, response.body["error"]["type"]) == (400, "illegal_argument_exception")
    assert response.reasons == [f"{ONE_AT_A_TIME} {FOUND}" if two_rollup_indices.is_from("6.5") else ONE_AT_A_TIME]


@each_line("6.5")
def test_rollup_search_via_alias(two_rollup_indices: Api) -> None:
    """Rollup search via alias: an alias of one rollup index is answered as its name."""
    api = two_rollup_indices

    response = api.rollup_search("foo_alias", count(api))

    assert response.status == 200
    assert response.body == api.rollup_search("foo_rollup", count(api)).body


@each_line("6.5")
def test_rollup_search_via_alias_multiple_rollup_indices_match(two_rollup_indices: Api) -> None:
    """Rollup search via alias, multiple rollup indices match: it is the error that the names themselves give."""
    response = two_rollup_indices.rollup_search("both_alias", count(two_rollup_indices))

    assert (response.status, response.body["error"]["type"]) == (400, "illegal_argument_exception")
    assert response.reasons == [f"{ONE_AT_A_TIME} {FOUND}"]


@each_line("7.2")
def test_obsolete_timezone(api: Api) -> None:
    """Obsolete Timezone: a job of an old name of a time zone is created with a warning, and keeps the name."""
    histogram = {"field": "the_field", api.interval: "1h", "time_zone": "Canada/Mountain"}
    body = api.job(groups={"date_histogram": histogram}, rollup_index="tz_rollup")

    assert api.put_job("tz", body, warnings=(CANADA_MOUNTAIN,)).body == {"acknowledged": True}

    [job] = api.get_jobs("tz").body["jobs"]
    assert job["config"]["groups"]["date_histogram"]["time_zone"] == "Canada/Mountain"
