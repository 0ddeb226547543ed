"""Put: a job is created, or refused, by the rules of each version."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.support import Answer, FakeCluster, lines

JSON = ("Content-Type", "application/json")
REMOVAL = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
NO_USAGE = (
    "new rollup jobs are not allowed in clusters that don't have any rollup usage, since rollup has been deprecated"
)

NOWHERE = "in any of the indices matching the index pattern."
EVERYWHERE = "across all indices in the index pattern."
FOUND = "Found: [keyword] for field [the_field]"
BUT_FOUND = "but found [keyword] for field [value_field]"
NO_META = (
    "Rollup data cannot be added to existing indices that contain non-rollup data (expected to find {} in mapping of "
    "rollup index [foo_rollup] but not found)."
)

CONFIG: dict[str, Any] = {
    "index_pattern": "foo",
    "rollup_index": "foo_rollup",
    "cron": "*/30 * * * * ?",
    "page_size": 10,
    "groups": {"date_histogram": {"field": "the_field", "interval": "1h"}},
    "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
}
FOO = {"properties": {"the_field": {"type": "date"}, "value_field": {"type": "integer"}}}

every_version = pytest.mark.parametrize("version", lines())
# One line of each sort, where it is about words; that a job can be created is tested in all of them.
sorts = pytest.mark.parametrize(
    "version", ["6.3", "6.4", "6.5", "6.8", "7.1", "7.5", "7.8", "7.17", "8.0", "8.14", "8.19", "9.5"]
)


class Cluster(FakeCluster):
    """A cluster in which rollup has been used, with the index `foo` of Elasticsearch's own tests."""

    def __init__(self, version: str | None, **indices: dict[str, Any]) -> None:
        super().__init__(version)
        self.world.prior_rollup_usage = True
        for name, mapping in (indices or {"foo": FOO}).items():
            self.world.add_index(name, mapping)

    def path(self, job: str) -> str:
        """Return a path to a job that the version has without a warning."""
        has_old_paths = self.world.profile is not None and not self.world.profile.rollup_paths
        return f"/_xpack/rollup/job/{job}" if has_old_paths else f"/_rollup/job/{job}"

    def put(self, job: str = "foo", *headers: tuple[str, str], **changes: Any) -> Answer:
        """Create a job with this configuration; `...` leaves a part out."""
        config = {key: value for key, value in (copy.deepcopy(CONFIG) | changes).items() if value is not ...}
        return self.ask(f"PUT {self.path(job)}", JSON, *headers, body=json.dumps(config))

    def listed(self, job: str) -> list[Any]:
        """Return what Get Jobs shows."""
        jobs: list[Any] = self.ask(f"GET {self.path(job)}").json["jobs"]
        return jobs


def reason(answer: Answer) -> tuple[int, str, str]:
    """Return status, type and reason of an error."""
    return answer.status, answer.error["type"], answer.error["reason"]


class TestCreated:
    """What is there afterwards."""

    @every_version
    def test_answer(self, version: str) -> None:
        """A created job is a 200, not a 201."""
        answer = Cluster(version).put()

        assert (answer.status, answer.text) == (200, '{"acknowledged":true}')
        assert (answer.request.endpoint, answer.request.job, answer.request.effect) == ("put", "foo", "applied")
        assert answer.request.state_after == "stopped"

    @every_version
    def test_job_is_stopped_and_complete(self, version: str) -> None:
        """Get Jobs shows the configuration with its defaults, and nothing done yet."""
        cluster = Cluster(version)
        cluster.put()
        [job] = cluster.listed("foo")

        assert job["status"]["job_state"] == "stopped"
        assert set(job["stats"].values()) == {0}
        assert {key: value for key, value in job["config"].items() if key != "groups"} == {
            "id": "foo",
            "index_pattern": "foo",
            "rollup_index": "foo_rollup",
            "cron": "*/30 * * * * ?",
            "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
            "timeout": "20s",
            "page_size": 10,
        }
        key = "interval" if version in lines(until="7.17") else "calendar_interval"
        assert job["config"]["groups"] == {"date_histogram": {key: "1h", "field": "the_field", "time_zone": "UTC"}}

    @every_version
    def test_it_can_be_started_stopped_and_deleted(self, version: str) -> None:
        """A created job is a job like any other."""
        cluster = Cluster(version)
        cluster.put()

        assert cluster.ask(f"POST {cluster.path('foo')}/_start").text == '{"started":true}'
        assert cluster.ask(f"POST {cluster.path('foo')}/_stop").text == '{"stopped":true}'
        assert cluster.ask(f"DELETE {cluster.path('foo')}").text == '{"acknowledged":true}'
        assert cluster.listed("foo") == []

    def test_once_started_it_runs_by_its_cron(self) -> None:
        """What a request created is triggered, unlike a job that a test put there."""
        cluster = Cluster("8.19")
        cluster.put()
        cluster.ask("POST /_rollup/job/foo/_start")
        cluster.advance("5m")
        [job] = cluster.listed("foo")

        assert job["stats"]["trigger_count"] == 10

    @every_version
    def test_rollup_index(self, version: str) -> None:
        """The rollup index is made, and remembers the job in its mapping."""
        cluster = Cluster(version)
        answer = cluster.put()
        index = cluster.world.indices.get("foo_rollup")

        assert index is not None
        made_by = "" if version in lines("9.0") else str(answer.request.version)
        assert index.mapping["_meta"]["rollup-version"] == made_by
        assert index.rollup_jobs is not None
        assert index.rollup_jobs["foo"]["index_pattern"] == "foo"
        assert [*index.mapping["dynamic_templates"][0], *index.mapping["dynamic_templates"][1]] == [
            "strings",
            "date_histograms",
        ]

    @every_version
    def test_removal_is_announced_in_9(self, version: str) -> None:
        """From 9.0 on each answer says that rollup will be removed, errors included."""
        cluster = Cluster(version)

        assert cluster.put().warnings == ([REMOVAL] if version in lines("9.0") else [])
        assert cluster.put().warnings == ([REMOVAL] if version in lines("9.0") else [])


class TestPaths:
    """Where a job is created."""

    @pytest.mark.parametrize("version", lines(until="6.8"))
    def test_old_path_in_6(self, version: str) -> None:
        """In 6.x the old path is as good as the new one."""
        answer = Cluster(version).ask("PUT /_xpack/rollup/job/foo", JSON, body=json.dumps(CONFIG))

        assert (answer.status, answer.warnings) == (200, [])

    @pytest.mark.parametrize("version", lines("7.0", "7.17"))
    def test_old_path_is_deprecated_in_7(self, version: str) -> None:
        """The warning names the old path without a slash at its end, unlike that of Get Jobs."""
        answer = Cluster(version).ask("PUT /_xpack/rollup/job/foo", JSON, body=json.dumps(CONFIG))

        assert answer.status == 200
        assert answer.warnings == ["[PUT /_xpack/rollup/job/{id}] is deprecated! Use [PUT /_rollup/job/{id}] instead."]

    @pytest.mark.parametrize("version", lines("8.0", "8.19"))
    def test_old_path_in_8_needs_the_language_of_7(self, version: str) -> None:
        """In 8.x only a request in the language of 7 reaches the old path."""
        vendor = "application/vnd.elasticsearch+json; compatible-with=7"
        headers = (("Content-Type", vendor), ("Accept", vendor))
        cluster, line = Cluster(version), "PUT /_xpack/rollup/job/foo"

        assert cluster.ask(line, JSON, body=json.dumps(CONFIG)).status == 400
        assert cluster.ask(line, *headers, body=json.dumps(CONFIG)).status == 200

    @pytest.mark.parametrize("version", lines("9.0"))
    def test_old_path_is_gone_in_9(self, version: str) -> None:
        """From 9.0 on there is no handler."""
        answer = Cluster(version).ask("PUT /_xpack/rollup/job/foo", JSON, body=json.dumps(CONFIG))

        assert answer.error == "no handler found for uri [/_xpack/rollup/job/foo] and method [PUT]"

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_a_post_is_a_405(self, version: str) -> None:
        """A job's path has three methods, of which POST is none."""
        answer = Cluster(version).ask("POST /_rollup/job/foo", JSON, body=json.dumps(CONFIG))

        assert (answer.status, answer.values("Allow")) == (405, ["GET,PUT,DELETE"])


class TestBody:
    """The body as such."""

    @every_version
    def test_is_required(self, version: str) -> None:
        """Without one nothing else is looked at."""
        cluster = Cluster(version)
        answer = cluster.ask(f"PUT {cluster.path('foo')}?foo=1")

        assert reason(answer) == (400, "parse_exception", "request body is required")
        assert cluster.world.jobs == {}

    @sorts
    def test_needs_a_content_type(self, version: str) -> None:
        """A body without one is a 406."""
        cluster = Cluster(version)

        assert cluster.ask(f"PUT {cluster.path('foo')}", body="{}").status == 406

    @sorts
    def test_is_read_before_parameters_are_counted(self, version: str) -> None:
        """An unknown parameter is refused if the configuration is fine, and `source` is one."""
        cluster = Cluster(version)
        bad = cluster.ask(f"PUT {cluster.path('foo')}?foo=1", JSON, body='{"cron":5}')
        good = cluster.ask(f"PUT {cluster.path('foo')}?source=1", JSON, body=json.dumps(CONFIG))

        assert "cron" in bad.error["reason"]
        assert good.error["reason"] == f"request [{cluster.path('foo')}] contains unrecognized parameter: [source]"
        assert cluster.world.jobs == {}

    @sorts
    def test_that_is_no_json(self, version: str) -> None:
        """Jackson's complaint is in the answer, as the version wraps it."""
        cluster = Cluster(version)
        answer = cluster.ask(f"PUT {cluster.path('foo')}", JSON, body="{cron}")

        assert answer.status == (500 if version in lines("6.5", "7.5") else 400)
        assert "was expecting double-quote to start field name" in answer.text

    def test_in_yaml_is_not_faked(self) -> None:
        """A body that Elasticsearch would read and the fake does not is a finding."""
        cluster = Cluster("8.19")
        answer = cluster.ask("PUT /_rollup/job/foo", ("Content-Type", "application/yaml"), body="---\n")

        assert answer.status == 501
        assert "reads bodies in JSON" in answer.error["reason"]
        assert cluster.world.take_findings() == [answer.error["reason"]]

    def test_of_another_media_type_of_json(self) -> None:
        """What the official clients send is JSON, too."""
        vendor = "application/vnd.elasticsearch+json; compatible-with=8"
        answer = Cluster("8.19").ask(
            "PUT /_rollup/job/foo", ("Content-Type", vendor), ("Accept", vendor), body=json.dumps(CONFIG)
        )

        assert answer.status == 200

    @every_version
    def test_errors_look_like_errors(self, version: str) -> None:
        """The whole answer to a configuration that its constructor refuses."""
        answer = Cluster(version).put(index_pattern="foo*")
        inner = "Index pattern would match rollup index name which is not allowed"
        if version in lines(until="6.4"):
            error = {"type": "illegal_argument_exception", "reason": f"{inner}."}
            assert answer.json == {"error": {"root_cause": [error], **error}, "status": 400}
            return
        text = "Failed to build [xpack/rollup/jobconfig] after last required field arrived"
        error = {"type": "x_content_parse_exception", "reason": text}
        cause = {"type": "illegal_argument_exception", "reason": inner}
        assert answer.json == {"error": {"root_cause": [error], **error, "caused_by": cause}, "status": 400}

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_root_cause_is_the_innermost_of_those_that_parse(self, version: str) -> None:
        """ElasticsearchException.guessRootCauses goes down to where it went wrong, but not to what Java said of it."""
        interval = "interval" if version in lines(until="7.1") else "fixed_interval"
        error = Cluster(version).put(groups={"date_histogram": {"field": "", interval: "1h"}}).error

        built = "Failed to build [date_histogram] after last required field arrived"
        assert error["root_cause"] == [{"type": "x_content_parse_exception", "reason": built}]
        assert error["reason"].endswith("[xpack/rollup/jobconfig] failed to parse field [groups]")


class TestIds:
    """Which id a job gets."""

    @every_version
    def test_url_and_body(self, version: str) -> None:
        """Up to 6.4 the URL's id counts, later the body's; the journal has the one that counts."""
        cluster = Cluster(version)
        answer = cluster.put("url", id="body")
        expected = "url" if version in lines(until="6.4") else "body"

        assert answer.status == 200
        assert list(cluster.world.jobs) == [expected]
        assert answer.request.job == expected

    def test_is_decoded(self) -> None:
        """Any text that is not empty is an id."""
        cluster = Cluster("8.19")
        cluster.put("a%2Fb%20%C3%A4")

        assert list(cluster.world.jobs) == ["a/b ä"]


class TestConflicts:
    """A job whose id is taken."""

    @every_version
    def test_same_rollup_index(self, version: str) -> None:
        """The rollup index remembers it."""
        cluster = Cluster(version)
        cluster.put()
        error = {
            "type": "status_exception",
            "reason": "Cannot create rollup job [foo] because job was previously created (existing metadata).",
        }

        assert cluster.put().json == {"error": {"root_cause": [error], **error}, "status": 409}

    @every_version
    def test_another_rollup_index(self, version: str) -> None:
        """The task is in the way; the other rollup index has been made by then."""
        cluster = Cluster(version)
        cluster.put()
        answer = cluster.put(rollup_index="bar_rollup")
        cause = {"type": "resource_already_exists_exception", "reason": "task with id {foo} already exist"}

        assert answer.json == {
            "error": {
                "root_cause": [cause],
                "type": "status_exception",
                "reason": "Cannot create job [foo] because it has already been created (task exists)",
                "caused_by": cause,
            },
            "status": 409,
        }
        assert cluster.world.indices.rollup_metadata().keys() == {"foo_rollup", "bar_rollup"}
        assert cluster.world.jobs["foo"].config["rollup_index"] == "foo_rollup"

    @every_version
    def test_metadata_survives_deletion(self, version: str) -> None:
        """A deleted job cannot be created again until its rollup index is deleted, too."""
        cluster = Cluster(version)
        cluster.put()
        cluster.ask(f"DELETE {cluster.path('foo')}")

        assert cluster.put().status == 409
        assert cluster.ask("DELETE /foo_rollup").status == 200
        assert cluster.put().status == 200

    @every_version
    def test_jobs_share_a_rollup_index(self, version: str) -> None:
        """Another id is no conflict."""
        cluster = Cluster(version)
        cluster.put("foo")

        assert cluster.put("foo2").status == 200
        assert cluster.world.indices.rollup_metadata()["foo_rollup"].keys() == {"foo", "foo2"}

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_job_of_the_tests_own(self, version: str) -> None:
        """A job that a test put there is in the way like any other, even after it was removed."""
        cluster = Cluster(version, **{"a-1": FOO})
        cluster.add_job("a")
        changes = {"index_pattern": "a-*", "rollup_index": "a_rollup"}

        assert "existing metadata" in cluster.put("a", **changes).text
        cluster.world.remove_job("a")
        assert "existing metadata" in cluster.put("a", **changes).text


class TestCron:
    """A cron expression that is none."""

    @pytest.mark.parametrize("version", lines(until="6.4"))
    def test_is_refused_up_to_6_4(self, version: str) -> None:
        """At first it was looked at."""
        cluster = Cluster(version)

        assert reason(cluster.put(cron="00 14 * * *")) == (
            400,
            "illegal_argument_exception",
            "invalid cron expression [00 14 * * *]",
        )
        assert cluster.world.indices.get("foo_rollup") is None

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_lets_the_job_vanish_from_6_5_on(self, version: str) -> None:
        """The job is acknowledged, and then there is none; only its metadata is there (elastic/kibana#42132)."""
        cluster = Cluster(version)
        path = cluster.path("foo")
        answer = cluster.put(cron="00 14 * * *")

        assert (answer.text, answer.request.state_after) == ('{"acknowledged":true}', None)
        assert cluster.listed("foo") == []
        assert reason(cluster.ask(f"POST {path}/_start"))[2] == "Task for Rollup Job [foo] not found"
        assert reason(cluster.ask(f"POST {path}/_stop"))[2] == "Task for Rollup Job [foo] not found"
        assert reason(cluster.ask(f"DELETE {path}"))[2] == "the task with id [foo] doesn't exist"
        assert cluster.put().status == 409
        assert cluster.world.indices.rollup_metadata()["foo_rollup"].keys() == {"foo"}


class TestUsage:
    """From 8.15 on rollup is for those who have used it."""

    @pytest.mark.parametrize("version", lines("8.15"))
    def test_first_job_is_refused(self, version: str) -> None:
        """A cluster of an explicit version without rollup usage refuses a job, whatever its fields."""
        cluster = FakeCluster(version)
        answer = cluster.ask("PUT /_rollup/job/foo", JSON, body=json.dumps(CONFIG))

        assert reason(answer) == (400, "illegal_argument_exception", NO_USAGE)
        assert cluster.world.indices.get("foo_rollup") is None

    @pytest.mark.parametrize("version", lines(until="8.14"))
    def test_nobody_asks_before(self, version: str) -> None:
        """Up to 8.14 anybody may begin."""
        cluster = Cluster(version)
        cluster.world.prior_rollup_usage = False

        assert cluster.put().status == 200

    @pytest.mark.parametrize("version", lines("8.15"))
    def test_what_counts_as_usage(self, version: str) -> None:
        """A job counts, an index with rollup metadata, and what the test says."""
        for usage in ("job", "index", "argument"):
            cluster = FakeCluster(version)
            cluster.world.add_index("foo", FOO)
            if usage == "job":
                cluster.add_job("another")
            elif usage == "index":
                cluster.world.add_index("dummy", {"_meta": {"_rollup": {"my-id": {}}}})
            else:
                cluster.world.prior_rollup_usage = True
            assert cluster.ask("PUT /_rollup/job/foo", JSON, body=json.dumps(CONFIG)).status == 200

    @pytest.mark.parametrize("major", [8, 9])
    def test_without_a_version_nobody_asks(self, major: int) -> None:
        """A cluster without a version never refuses, whatever the client's version."""
        vendor = f"application/vnd.elasticsearch+json; compatible-with={major}"
        headers = (("Content-Type", vendor), ("Accept", vendor))

        assert FakeCluster().ask("PUT /_rollup/job/foo", *headers, body=json.dumps(CONFIG)).status == 200


class TestTimeZones:
    """Old names of time zones."""

    @sorts
    def test_are_warned_of_from_7_2_on(self, version: str) -> None:
        """The warning names the new one."""
        group = {"field": "the_field", "interval": "1h", "time_zone": "Canada/Mountain"}
        answer = Cluster(version).put("tz", groups={"date_histogram": group})
        warning = (
            "Creating Rollup job [tz] with timezone [Canada/Mountain], but [Canada/Mountain] has been deprecated by "
            "the IANA.  Use [America/Edmonton] instead."
        )

        assert answer.status == 200
        assert [text for text in answer.warnings if text != REMOVAL] == ([warning] if version in lines("7.2") else [])

    def test_are_warned_of_before_usage_is_asked_for(self) -> None:
        """The warning goes out with the refusal."""
        group = {"field": "the_field", "fixed_interval": "1h", "time_zone": "Japan"}
        body = json.dumps(CONFIG | {"groups": {"date_histogram": group}})
        answer = FakeCluster("8.19").ask("PUT /_rollup/job/foo", JSON, body=body)

        assert (answer.status, len(answer.warnings)) == (400, 1)


class TestIndexPattern:
    """Which indices a pattern stands for."""

    @every_version
    def test_missing_index(self, version: str) -> None:
        """A name that there is not is a 404; up to 6.8 the reason does not say which."""
        answer = Cluster(version).put(index_pattern="bar")
        error = {
            "type": "index_not_found_exception",
            "reason": "no such index" if version in lines(until="6.8") else "no such index [bar]",
            "resource.type": "index_or_alias",
            "resource.id": "bar",
            "index_uuid": "_na_",
            "index": "bar",
        }

        assert answer.json == {"error": {"root_cause": [error], **error}, "status": 404}

    @sorts
    def test_pattern_without_an_index(self, version: str) -> None:
        """A pattern may match nothing, which has no fields."""
        answer = Cluster(version).put(index_pattern="bar*")
        type_ = "action" if version == "6.3" else "rollup_action"

        assert reason(answer) == (
            400,
            f"{type_}_request_validation_exception",
            "Validation Failed: 1: Could not find any fields in the index/index-pattern that were configured in job;",
        )

    @sorts
    def test_pattern(self, version: str) -> None:
        """The fields may be spread over the indices of a pattern."""
        parts = {
            "bar-1": {"properties": {"the_field": {"type": "date"}}},
            "bar-2": {"properties": {"value_field": {"type": "long"}}},
        }

        assert Cluster(version, **parts).put(index_pattern="bar-*").status == 200

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_list_from_8_0_on(self, version: str) -> None:
        """A list of names is one from 8.0 on."""
        assert Cluster(version, foo=FOO, bar=FOO).put(index_pattern="foo,bar").status == 200

    @pytest.mark.parametrize("version", lines("7.0", "7.17"))
    def test_list_before_8_0(self, version: str) -> None:
        """Before, it is a strange name (elastic/elasticsearch#45591)."""
        answer = Cluster(version, foo=FOO, bar=FOO).put(index_pattern="foo,bar")

        assert reason(answer) == (404, "index_not_found_exception", "no such index [foo,bar]")

    def test_without_a_version_and_index_any_pattern_will_do(self) -> None:
        """Whoever tests the life of jobs need not create indices."""
        cluster = FakeCluster()
        cluster.add_job("another")

        assert cluster.ask("PUT /_rollup/job/foo", JSON, body=json.dumps(CONFIG)).status == 200

    def test_without_a_version_an_index_makes_the_checks_real(self) -> None:
        """A rollup index is none that could be rolled up, any other is."""
        cluster = Cluster(None, dummy={"_meta": {"_rollup": {}}})
        assert cluster.put("a").status == 200

        cluster.world.add_index("foo", FOO)
        assert cluster.put("b", index_pattern="bar").status == 404


class TestFields:
    """What is said of the fields; all failures stand in one reason."""

    @staticmethod
    def failures(version: str, properties: dict[str, Any], **changes: Any) -> list[str]:
        """Return what is wrong with the fields of an index."""
        answer = Cluster(version, foo={"properties": properties}).put(**changes)
        if answer.status == 200:
            return []
        assert answer.status == 400
        text: str = answer.error["reason"]
        assert text.startswith("Validation Failed: ")
        return [part.partition(": ")[2] for part in text.removeprefix("Validation Failed: ").split(";")[:-1]]

    @pytest.mark.parametrize("version", lines(until="7.8"))
    def test_date_before_7_9(self, version: str) -> None:
        """What was wrong with the date was said twice, if there was a field."""
        number = {"type": "integer"}
        missing = (
            "Could not find a [date] field with name [the_field] in any of the indices matching the index pattern."
        )

        assert self.failures(version, {"value_field": number}) == [missing]
        assert self.failures(version, {"value_field": number, "the_field": {"type": "keyword"}}) == [
            f"The field referenced by a date_histo group must be a [date] type {EVERYWHERE}  {FOUND}",
            missing,
        ]
        assert self.failures(version, {"value_field": number, "the_field": {"type": "date", "doc_values": False}}) == [
            "The field [the_field] must be aggregatable across all indices, but is not.",
            missing,
        ]

    @pytest.mark.parametrize("version", lines("7.9"))
    def test_date_from_7_9_on(self, version: str) -> None:
        """A date may have nanoseconds, and what is wrong is said once."""
        number = {"type": "integer"}

        assert self.failures(version, {"value_field": number, "the_field": {"type": "date_nanos"}}) == []
        assert self.failures(version, {"value_field": number}) == [
            f"Could not find one of [date,date_nanos] fields with name [the_field] {NOWHERE}"
        ]
        assert self.failures(version, {"value_field": number, "the_field": {"type": "keyword"}}) == [
            f"The field referenced by a date_histo group must be one of type [date,date_nanos] {EVERYWHERE}  {FOUND}"
        ]
        assert self.failures(version, {"value_field": number, "the_field": {"type": "date", "doc_values": False}}) == [
            "The field [the_field] must be aggregatable across all indices, but is not."
        ]

    @pytest.mark.parametrize(
        ("versions", "wanted"),
        [
            (lines(until="6.4"), "[numeric]"),
            (lines("6.5", "7.8"), "[numeric] or [date]"),
            (lines("7.9"), "[numeric] or [date,date_nanos]"),
        ],
    )
    def test_metric(self, versions: list[str], wanted: str) -> None:
        """A metric is of a number, later of a date too."""
        date = {"type": "date"}
        for version in versions:
            assert self.failures(version, {"the_field": date}) == [
                f"Could not find a {wanted} field with name [value_field] {NOWHERE}"
            ]
            assert self.failures(version, {"the_field": date, "value_field": {"type": "keyword"}}) == [
                f"The field referenced by a metric group must be a {wanted} type, {BUT_FOUND}"
            ]

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_metrics_of_a_date(self, version: str) -> None:
        """Of a date there is no sum and no average."""
        properties = {"the_field": {"type": "date"}, "value_field": {"type": "date"}}
        metric = {"field": "value_field", "metrics": ["sum", "max", "avg"]}

        assert self.failures(version, properties, metrics=[metric | {"metrics": ["min", "value_count"]}]) == []
        assert self.failures(version, properties, metrics=[metric]) == [
            (
                "Only the metrics [max, min, value_count] are supported for [date] types, "
                "but unsupported metrics [sum, avg] supplied for field [value_field]"
            )
        ]

    @sorts
    def test_number_without_doc_values(self, version: str) -> None:
        """A metric has to be aggregatable, too."""
        properties = {"the_field": {"type": "date"}, "value_field": {"type": "long", "doc_values": False}}

        assert self.failures(version, properties) == [
            "The field [value_field] must be aggregatable across all indices, but is not."
        ]

    @sorts
    def test_groups(self, version: str) -> None:
        """Histograms are of numbers, terms of numbers and keywords, and all of them aggregatable."""
        properties = {
            "the_field": {"type": "date"},
            "word": {"type": "keyword"},
            "text": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
            "place": {"properties": {"floor": {"type": "short"}, "at": {"type": "geo_point"}}},
        }
        groups = {
            **CONFIG["groups"],
            "histogram": {"interval": 5, "fields": ["place.floor", "word", "nothing"]},
            "terms": {"fields": ["word", "text.raw", "place.floor", "text", "place.at", "nothing"]},
        }

        assert self.failures(version, properties, groups=groups, metrics=[]) == [
            "The field referenced by a histo group must be a [numeric] type, but found [keyword] for field [word]",
            f"Could not find a [numeric] field with name [nothing] {NOWHERE}",
            "The field [text] must be aggregatable across all indices, but is not.",
            (
                "The field referenced by a terms group must be a [numeric] or [keyword/text] type, "
                "but found [geo_point] for field [place.at]"
            ),
            f"Could not find a [numeric] or [keyword/text] field with name [nothing] {NOWHERE}",
        ]

    @sorts
    def test_types_that_differ(self, version: str) -> None:
        """Two indices may disagree."""
        other = {"properties": {"the_field": {"type": "date"}, "value_field": {"type": "keyword"}}}
        answer = Cluster(version, **{"foo-1": FOO, "foo-2": other}).put(index_pattern="foo-*")

        assert "but found [integer, keyword] for field [value_field]" in answer.error["reason"]

    @pytest.mark.parametrize(
        ("version", "text"),
        [
            ("6.8", None),
            ("7.9", None),
            (
                "7.17",
                'Cannot invoke "{0}.GroupConfig.getDateHistogram()" because the return value of '
                '"{0}.RollupJobConfig.getGroupConfig()" is null'.format("org.elasticsearch.xpack.core.rollup.job"),
            ),
        ],
    )
    def test_metrics_without_groups(self, version: str, text: str | None) -> None:
        """The parser lets them pass, and then somebody trips over it."""
        answer = Cluster(version).put(groups=...)

        assert reason(answer) == (500, "null_pointer_exception", text)

    def test_metrics_without_groups_and_version(self) -> None:
        """A cluster that looks at no field refuses them all the same."""
        body = json.dumps({key: value for key, value in CONFIG.items() if key != "groups"})

        assert FakeCluster().ask("PUT /_xpack/rollup/job/foo", JSON, body=body).status == 500
        assert FakeCluster().ask("PUT /_rollup/job/foo", JSON, body=body).status == 500


class TestRollupIndex:
    """A rollup index that cannot be one."""

    @sorts
    def test_has_no_metadata(self, version: str) -> None:
        """An index with data of its own is not taken."""
        answer = Cluster(version, foo=FOO, foo_rollup={"properties": {}}).put()
        text = (
            "Expected to find _meta key in mapping of rollup index [foo_rollup] but not found."
            if version in lines(until="6.4")
            else NO_META.format("_meta key")
        )

        assert reason(answer) == (500, "runtime_exception", text)

    @sorts
    def test_has_other_metadata(self, version: str) -> None:
        """Metadata has to be rollup's."""
        answer = Cluster(version, foo=FOO, foo_rollup={"_meta": {"mine": 1}}).put()
        text = (
            "Expected to find rollup meta key [_rollup] in mapping of rollup index [foo_rollup] but not found."
            if version in lines(until="6.4")
            else NO_META.format("rollup meta key [_rollup]")
        )

        assert reason(answer) == (500, "runtime_exception", text)

    @sorts
    def test_does_not_tell_its_version(self, version: str) -> None:
        """Up to 8.x a rollup index has to say which version made it."""
        answer = Cluster(version, foo=FOO, foo_rollup={"_meta": {"_rollup": {}}}).put()
        if version in lines("9.0"):
            assert answer.status == 200
            return

        assert reason(answer) == (
            500,
            "illegal_state_exception",
            "Could not determine version of existing rollup metadata for index [foo_rollup]",
        )

    @sorts
    def test_has_a_name_that_cannot_be(self, version: str) -> None:
        """The cause says what is wrong with the name."""
        answer = Cluster(version).put(rollup_index="Foo")

        assert reason(answer) == (500, "runtime_exception", "Could not create index for rollup job [foo]")
        assert answer.error["caused_by"] == {
            "type": "invalid_index_name_exception",
            "reason": "Invalid index name [Foo], must be lowercase",
            "index_uuid": "_na_",
            "index": "Foo",
        }
