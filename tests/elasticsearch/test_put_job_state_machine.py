"""PutJobStateMachineTests: what becomes of a job between its validation and its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api

MISSING = (
    "Rollup data cannot be added to existing indices that contain non-rollup data (expected to find {} in mapping of "
    "rollup index [foo_rollup] but not found)."
)


def remembered(api: Api, index: str = "foo_rollup") -> list[str]:
    """Return the jobs that a rollup index knows."""
    mapping = api.send("GET", f"{index}/_mapping").body[index]["mappings"]
    mapping = mapping if api.is_from("7.0") else mapping["_doc"]
    return sorted(mapping["_meta"]["_rollup"])


@each_line()
def test_create_index_exception(api: Api) -> None:
    """testCreateIndexException: a rollup index that cannot be created fails the request, and there is no job."""
    response = api.put_job("foo", api.job(rollup_index="FOO_ROLLUP"))

    assert (response.status, response.body["error"]["type"]) == (500, "runtime_exception")
    assert response.reasons[0] == "Could not create index for rollup job [foo]"
    assert api.state("foo") is None


@each_line()
def test_index_already_exists(api: Api) -> None:
    """testIndexAlreadyExists: a rollup index that is there already, with metadata, is used."""
    api.create_index("foo_rollup", {"_meta": {"_rollup": {}, "rollup-version": str(api.cluster.version)}})
    api.create_job("foo")
    assert remembered(api) == ["foo"]


@each_line()
def test_index_metadata(with_job: Api) -> None:
    """testIndexMetadata: the index that is created holds the job."""
    assert remembered(with_job) == ["foo"]


@each_line("6.5")
def test_no_metadata_in_mapping(api: Api) -> None:
    """testNoMetadataInMapping: an index without `_meta` is no rollup index."""
    api.create_index("foo_rollup", {"properties": {}})
    response = api.put_job("foo", api.job())

    assert (response.status, response.body["error"]["type"]) == (500, "runtime_exception")
    assert response.reasons == [MISSING.format("_meta key")]


@each_line("6.5")
def test_metadata_but_not_rollup(api: Api) -> None:
    """testMetadataButNotRollup: nor is one with other metadata."""
    api.create_index("foo_rollup", {"_meta": {"foo": "bar"}})
    response = api.put_job("foo", api.job())

    assert (response.status, response.body["error"]["type"]) == (500, "runtime_exception")
    assert response.reasons == [MISSING.format("rollup meta key [_rollup]")]


@each_line(until="8.19")
def test_no_mapping_version(api: Api) -> None:
    """testNoMappingVersion: metadata of an unknown version is refused."""
    api.create_index("foo_rollup", {"_meta": {"_rollup": {"bar": {}}}})

    response = api.put_job("foo", api.job())

    assert (response.status, response.body["error"]["type"]) == (500, "illegal_state_exception")
    assert response.reasons == ["Could not determine version of existing rollup metadata for index [foo_rollup]"]


@each_line()
def test_job_already_in_mapping(with_job: Api) -> None:
    """testJobAlreadyInMapping: a job that was deleted cannot be created again in the same rollup index."""
    with_job.delete_job("foo")

    response = with_job.put_job("foo", with_job.job())

    assert (response.status, response.body["error"]["type"]) == (409, "status_exception")
    assert response.reasons == [
        "Cannot create rollup job [foo] because job was previously created (existing metadata)."
    ]


@each_line()
def test_add_job_to_mapping(with_job: Api) -> None:
    """testAddJobToMapping: a second job is added to what the rollup index knows."""
    with_job.create_job("bar")
    assert remembered(with_job) == ["bar", "foo"]


@each_line()
def test_task_already_exists(with_job: Api) -> None:
    """testTaskAlreadyExists: in another rollup index a job of the same name fails late, and leaves the index behind."""
    response = with_job.put_job("foo", with_job.job(rollup_index="bar_rollup"))

    assert (response.status, response.body["error"]["type"]) == (409, "status_exception")
    assert response.reasons[0] == "Cannot create job [foo] because it has already been created (task exists)"
    assert response.body["error"]["caused_by"]["type"] == "resource_already_exists_exception"
    assert remembered(with_job, "bar_rollup") == ["foo"]


@each_line()
def test_start_task(with_job: Api) -> None:
    """testStartTask: the job's task is there, stopped."""
    assert with_job.state("foo") == "stopped"


@each_line("7.2")
def test_deprecated_time_zone(api: Api) -> None:
    """testDeprecatedTimeZone: an old name of a time zone is taken, and warned of."""
    text = (
        "Creating Rollup job [foo] with timezone [Japan], but [Japan] has been deprecated by the IANA.  "
        "Use [Asia/Tokyo] instead."
    )
    assert api.put_job("foo", in_zone(api, "Japan"), warnings=(text,)).body == {"acknowledged": True}


@each_line("7.2")
def test_time_zone(api: Api) -> None:
    """testTimeZone: a name that is not old is not warned of."""
    assert api.put_job("foo", in_zone(api, "EST")).body == {"acknowledged": True}


def in_zone(api: Api, zone: str) -> dict[str, object]:
    """Return the body that creates a job in a time zone."""
    return api.job(groups={"date_histogram": {"field": "the_field", "fixed_interval": "1h", "time_zone": zone}})
