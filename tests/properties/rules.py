"""The rules of rollup jobs, written down a second time, from what is known of Elasticsearch and not from our code.

The properties hold the fake against this. It is slow and plain on purpose, and takes nothing from the package but the
values that tests give it. An answer is `(status, body)`; what differs from node to node, or is not known, is `ANY`.
`facts` has what the versions differ in, `life` what happens to jobs, `ways` how faults strike, `searching` what a
rollup search is answered, and this file what each other request does.

Sources: TransportStopRollupAction, TransportStartRollupAction, TransportDeleteRollupJobAction,
TransportPutRollupJobAction, RollupIndexCaps; elastic/elasticsearch#32669, #34574, #41502, #108624.
"""

from __future__ import annotations

import copy
from typing import Any
from unittest.mock import ANY

from tests.properties.facts import CRONS, Answer, error
from tests.properties.life import Job, Waiter, Way
from tests.properties.searching import Searching

OF_JOBS = ("stop", "start", "get", "put", "delete")  # what names a job


class Rules(Searching):
    """A cluster of one version line, seen by its clients."""

    def ask(self, number: int, endpoint: str, *names: str, **more: Any) -> Way:
        """Receive a request; the method that is called as the endpoint says what it does."""
        job = names[0] if endpoint in OF_JOBS else None

        def effect(way: Way) -> Answer | Waiter:
            if endpoint == "stop" and "timeout" in more:
                if not self.stop_can_wait:
                    way.effect = None
                return self.stop_and_wait(*names, **more)
            if endpoint == "put" and self._is_refused_when_read(names[1]):
                way.effect = None
            if endpoint == "get":
                way.seen = [(job, job.incarnation) for job in self._listed(*names)]
            answer: Answer = getattr(self, endpoint)(*names, **more)
            return answer

        return self.receive(number, endpoint, job, effect)

    def stop_and_wait(self, id_: str, timeout: str) -> Answer | Waiter:
        """Stop a job, and wait until it is stopped."""
        if not self.stop_can_wait:
            names = "[timeout], [wait_for_completion]"
            text = f"request [{self.prefix}/job/{id_}/_stop] contains unrecognized parameters: {names}"
            return error(400, "illegal_argument_exception", text)
        answer = self.stop(id_)
        if answer[0] != 200:
            return answer
        return Waiter(self.jobs[id_], self.now, timeout)

    def stop(self, id_: str) -> Answer:
        """Stop a job."""
        job = self.jobs.get(id_)
        if job is None or job.state is None:
            return error(404, "resource_not_found_exception", f"Task for Rollup Job [{id_}] not found")
        if job.state == "aborting":
            return error(500, "exception", f"Cannot stop task for Rollup Job [{id_}] because state was [ABORTING]")
        self._stop(job)
        return 200, {"stopped": True}

    def start(self, id_: str) -> Answer:
        """Start a job."""
        job = self.jobs.get(id_)
        if job is None or job.state is None:
            return error(404, "resource_not_found_exception", f"Task for Rollup Job [{id_}] not found")
        if job.state == "stopped":
            self._enter(job, "started")
            job.saved = "started"
        elif job.state not in {"started", "indexing"} or not self.since(8, 0):
            text = f"Cannot start task for Rollup Job [{id_}] because state was [{job.state.upper()}]"
            return error(500, "exception", text)
        return 200, {"started": True}

    def delete(self, id_: str) -> Answer:
        """Delete a job."""
        job = self.jobs.get(id_)
        if job is None:
            named = f"[{id_}]" if self.since(6, 5) else id_
            return error(404, "resource_not_found_exception", f"the task with id {named} doesn't exist")
        if job.state is None:
            return 200, {"acknowledged": False}
        if job.state != "stopped" and self.since(6, 5):
            text = (
                f"Could not delete job [{id_}] because indexer state is [{job.state.upper()}].  "
                "Job must be [STOPPED] before deletion."
            )
            reason = {"type": "illegal_state_exception", "reason": text}
            failure = {"task_id": ANY, "node_id": ANY, "status": "INTERNAL_SERVER_ERROR", "reason": reason}
            return 500, {"task_failures": [failure], "acknowledged": False}
        self._remove(id_)
        return 200, {"acknowledged": True}

    def get(self, id_: str) -> Answer:
        """List jobs, in the order of their ids."""
        found = []
        for job in sorted(self._listed(id_), key=lambda job: job.id):
            status: dict[str, Any] = {"job_state": job.state}
            if self.since(6, 4) and not self.since(8, 0):
                status["upgraded_doc_id"] = True
            found.append(
                {"config": self.shown_config(job.config), "status": status, "stats": self.shown_stats(job.stats)}
            )
        return 200, {"jobs": found}

    def _listed(self, id_: str) -> list[Job]:
        return [job for job in self.jobs.values() if id_ in {job.id, "_all", "*"} and job.state is not None]

    def put(self, url_id: str, config: dict[str, Any]) -> Answer:
        """Create a job from a configuration that is complete, but perhaps for the id, and in which all is right."""
        id_ = config.get("id", url_id) if self.since(6, 5) else url_id
        config = {**copy.deepcopy(config), "id": id_}
        config["groups"]["date_histogram"].setdefault("time_zone", "UTC")
        has_cron = config["cron"] in CRONS
        if self._is_refused_when_read(config):
            return error(400, "illegal_argument_exception", f"invalid cron expression [{config['cron']}]")
        if self.since(8, 15) and not self.jobs and not self.remembered:
            text = "new rollup jobs are not allowed in clusters that don't have any rollup usage, since rollup has "
            return error(400, "illegal_argument_exception", text + "been deprecated")
        if refusal := self._remember(config):
            return refusal
        if id_ in self.jobs:
            text = f"Cannot create job [{id_}] because it has already been created (task exists)"
            return error(409, "status_exception", text, {"type": "resource_already_exists_exception", "reason": ANY})
        if has_cron:
            self.jobs[id_] = Job(config, "stopped", 0, runs=True, run_ms=0)
            self.place(self.jobs[id_])
        return 200, {"acknowledged": True}

    def _is_refused_when_read(self, config: Any) -> bool:
        """Say whether a configuration is refused before anything is done; later ones find a bad cron as they run it."""
        return config["cron"] not in CRONS and not self.since(6, 5)

    def _remember(self, config: dict[str, Any]) -> Answer | None:
        index = config["rollup_index"]
        if index == "plain":
            text = f"xpected to find _meta key in mapping of rollup index [{index}] but not found"
            long = f"Rollup data cannot be added to existing indices that contain non-rollup data (e{text})."
            return error(500, "runtime_exception", long if self.since(6, 5) else f"E{text}.")
        if config["id"] in self.remembered.get(index, {}):
            text = f"Cannot create rollup job [{config['id']}] because job was previously created (existing metadata)."
            return error(409, "status_exception", text)
        self.remembered.setdefault(index, {})[config["id"]] = config
        return None

    def caps(self, pattern: str) -> Answer:
        """Show the capabilities of an index pattern."""
        everything = pattern in {"_all", "*"}
        jobs = [job for index in self.remembered.values() for job in index.values()]
        return self._caps([job for job in jobs if everything or job["index_pattern"] == pattern], "index_pattern")

    def index_caps(self, name: str) -> Answer:
        """Show the capabilities of a rollup index, or of all."""
        if name not in {"_all", "*", "plain", *self.remembered}:
            return 404, ANY
        wanted = [index for key, index in self.remembered.items() if name in {"_all", "*", key}]
        return self._caps([job for index in wanted for job in index.values()], "rollup_index")

    def _caps(self, configs: list[dict[str, Any]], key: str) -> Answer:
        shown: dict[str, Any] = {}
        for config in sorted(configs, key=lambda config: (config["id"], config["rollup_index"])):
            fields: dict[str, Any] = {}
            groups = self.shown_config(config)["groups"]
            group = dict(groups["date_histogram"])
            field = group.pop("field")
            fields[field] = [{"agg": "date_histogram", **group}]
            for name in groups.get("terms", {}).get("fields", ()):
                fields[name] = [{"agg": "terms"}]
            for metric in config["metrics"]:
                fields.setdefault(metric["field"], []).extend({"agg": name} for name in metric["metrics"])
            one = {"job_id": config["id"], "rollup_index": config["rollup_index"]}
            one |= {"index_pattern": config["index_pattern"], "fields": fields}
            shown.setdefault(config[key], {"rollup_jobs": []})["rollup_jobs"].append(one)
        return 200, shown
