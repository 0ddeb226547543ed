"""put_job.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_basic_put_job(api: Api) -> None:
    """Test basic put_job: the job is there, stopped."""
    response = api.put_job("foo", api.job())
    assert (response.status, response.body) == (200, {"acknowledged": True})
    assert api.get_jobs("foo").body == {"jobs": [api.expected_job("foo")]}


@each_line()
def test_put_job_with_existing_name(with_job: Api) -> None:
    """Test put_job with existing name: a job cannot be created again."""
    response = with_job.put_job("foo", with_job.job())

    assert (response.status, response.body["error"]["type"]) == (409, "status_exception")
    text = "Cannot create rollup job [foo] because job was previously created (existing metadata)."
    assert response.reasons == [text]


@each_line()
def test_put_job_in_non_rollup_index(api: Api) -> None:
    """Test put_job in non-rollup index: an index of other data is no rollup index."""
    api.create_index("non-rollup")

    response = api.put_job("foo", api.job(rollup_index="non-rollup"))

    assert (response.status, response.body["error"]["type"]) == (500, "runtime_exception")
    missing = "xpected to find _meta key in mapping of rollup index [non-rollup] but not found"
    start = "Rollup data cannot be added to existing indices that contain non-rollup data"
    assert response.reasons == [f"{start} (e{missing})." if api.is_from("6.5") else f"E{missing}."]
    assert api.get_jobs("foo").body == {"jobs": []}


@each_line()
def test_try_to_include_headers(api: Api) -> None:
    """Try to include headers: a job has no field for them."""
    response = api.put_job("foo", api.job(headers={"foo": "bar"}))

    assert response.status == 400
    assert "unknown field [headers]" in response.reasons[0]


@each_line()
def test_validation_failures(api: Api) -> None:
    """Validation failures: a field that no index has is refused; which types would do depends on the version."""
    metrics = [{"field": "field_doesnt_exist", "metrics": ["min", "max", "sum"]}]
    response = api.put_job("foo", api.job(metrics=metrics))

    wanted = {
        f"Validation Failed: 1: Could not find a {types} field with name [field_doesnt_exist] in any of the indices "
        "matching the index pattern.;"
        for types in metric_types(api)
    }
    assert response.status == 400
    assert response.reasons[0] in wanted


def metric_types(api: Api) -> list[str]:
    """Return how a metric's types are named; in which 7.x `date_nanos` came, nobody knows."""
    old, new = "[numeric] or [date]", "[numeric] or [date,date_nanos]"
    if api.is_from("8.0"):
        return [new]
    if api.is_from("7.0"):
        return [old, new]
    return [old] if api.is_from("6.5") else ["[numeric]"]


@each_line()
def test_unknown_metric(api: Api) -> None:
    """Unknown Metric: the metrics that there are are listed."""
    metrics = [{"field": "value_field", "metrics": ["min", "max", "sum", "does_not_exist"]}]
    response = api.put_job("foo", api.job(metrics=metrics))

    assert response.status == 400
    assert response.reasons[-1].startswith("Unsupported metric [does_not_exist]")


@each_line()
def test_put_job_with_templates(with_job: Api) -> None:
    """Test put job with templates: the rollup index's mapping holds the job, and templates for its fields."""
    body = with_job.send("GET", "foo_rollup/_mapping").body
    mapping = body["foo_rollup"]["mappings"]
    mapping = mapping if with_job.is_from("7.0") else mapping["_doc"]

    assert mapping["_meta"]["_rollup"] == {"foo": with_job.expected_config("foo")}
    version = "" if with_job.is_from("9.0") else str(with_job.cluster.version)
    assert mapping["_meta"]["rollup-version"] == version
    assert [list(template) for template in mapping["dynamic_templates"]] == [["strings"], ["date_histograms"]]
