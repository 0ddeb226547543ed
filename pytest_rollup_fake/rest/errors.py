"""Elasticsearch's exceptions as values, and the constructors of those that it throws here.

What an exception looks like in JSON is decided in `rest.rendering`; this module only says what was thrown.
Sources: ElasticsearchException (names, root causes), ExceptionsHelper.status, RestStatus.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from . import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.nodes import Node
    from pytest_rollup_fake.model.versions import Profile

_NO_FIELDS: Mapping[str, object] = MappingProxyType({})


class ElasticsearchError(Exception):
    """An exception that Elasticsearch would have thrown, on its way into an error body.

    `type` is the name in JSON (`illegal_argument_exception`); `status` the HTTP status; `reason` the message, `None`
    for an exception without one. `java_class` is the class whose name a stack trace shows. `fields` follow the reason
    (`line`, `col`, `timed_out`, `resource.type`). `headers` are shown in the body and sent as HTTP headers,
    `http_headers` are only sent. `caused_by` is the next exception of the chain. `own` says whether it extends
    ElasticsearchException, which decides the root cause.
    """

    def __init__(  # noqa: PLR0913  (an exception in Elasticsearch has this many parts)
        self,
        type_: str,
        reason: str | None,
        status: int,
        *,
        java_class: str,
        own: bool = True,
        fields: Mapping[str, object] = _NO_FIELDS,
        headers: tuple[tuple[str, str], ...] = (),
        http_headers: tuple[tuple[str, str], ...] = (),
        caused_by: ElasticsearchError | None = None,
    ) -> None:
        super().__init__(reason)
        self.type = type_
        self.reason = reason
        self.status = status
        self.java_class = java_class
        self.own = own
        self.fields = fields
        self.headers = headers
        self.http_headers = http_headers
        self.caused_by = caused_by

    @property
    def simple_name(self) -> str:
        """The class without its package and outer class (Class.getSimpleName)."""
        return self.java_class.replace("$", ".").rpartition(".")[2]

    @property
    def root_cause(self) -> ElasticsearchError:
        """The deepest exception of the chain that extends ElasticsearchException, or this one.

        Source: ElasticsearchException.guessRootCauses; a foreign exception at the top is its own root cause.
        """
        error = self
        while error.own and error.caused_by is not None and error.caused_by.own:
            error = error.caused_by
        return error


class SimpleError(Exception):
    """A refusal in the short form `{"error": "text", "status": N}` (405, 406, repeated X-Opaque-Id).

    `with_status` is False for "no handler found", whose body has no `status` key (RestController).
    """

    def __init__(
        self, status: int, text: str, *, headers: tuple[tuple[str, str], ...] = (), with_status: bool = True
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers
        self.with_status = with_status


def illegal_argument(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build Java's IllegalArgumentException, a 400."""
    return ElasticsearchError(
        "illegal_argument_exception",
        reason,
        400,
        java_class="java.lang.IllegalArgumentException",
        own=False,
        caused_by=caused_by,
    )


def number_format(text: str) -> ElasticsearchError:
    """Build Java's NumberFormatException for `text`, seen only as a cause."""
    return ElasticsearchError(
        "number_format_exception",
        messages.number_format(text),
        400,
        java_class="java.lang.NumberFormatException",
        own=False,
    )


def bad_parameter(cause: ElasticsearchError) -> ElasticsearchError:
    """Wrap what a query string could not be decoded for (RestRequest.BadParameterException)."""
    return ElasticsearchError(
        "bad_parameter_exception",
        f"{cause.java_class}: {cause.reason}",
        400,
        java_class="org.elasticsearch.rest.RestRequest$BadParameterException",
        own=False,
        caused_by=cause,
    )


def parse_exception(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build ElasticsearchParseException, a 400."""
    java_class = "org.elasticsearch.ElasticsearchParseException"
    return ElasticsearchError("parse_exception", reason, 400, java_class=java_class, caused_by=caused_by)


def invalid_index_name(name: str, description: str) -> ElasticsearchError:
    """Build InvalidIndexNameException, a 400 with metadata about an index that cannot be."""
    return ElasticsearchError(
        "invalid_index_name_exception",
        messages.invalid_index_name(name, description),
        400,
        java_class="org.elasticsearch.indices.InvalidIndexNameException",
        fields={"index_uuid": "_na_", "index": name},
    )


def resource_not_found(reason: str) -> ElasticsearchError:
    """Build ResourceNotFoundException, a 404."""
    return ElasticsearchError(
        "resource_not_found_exception", reason, 404, java_class="org.elasticsearch.ResourceNotFoundException"
    )


def elasticsearch_exception(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build a plain ElasticsearchException, a 500."""
    java_class = "org.elasticsearch.ElasticsearchException"
    return ElasticsearchError("exception", reason, 500, java_class=java_class, caused_by=caused_by)


def status_exception(reason: str, status: int, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build ElasticsearchStatusException with the status it was made for."""
    java_class = "org.elasticsearch.ElasticsearchStatusException"
    return ElasticsearchError("status_exception", reason, status, java_class=java_class, caused_by=caused_by)


def action_request_validation(
    failures: list[str], type_: str = "action_request_validation_exception"
) -> ElasticsearchError:
    """Build ActionRequestValidationException or a subclass of it, a 400."""
    java_class = "org.elasticsearch.action." + type_.title().replace("_", "")
    return ElasticsearchError(type_, messages.validation_failed(failures), 400, java_class=java_class, own=False)


def index_not_found(name: str, profile: Profile) -> ElasticsearchError:
    """Build IndexNotFoundException, a 404 with metadata about the index that there is not."""
    return ElasticsearchError(
        "index_not_found_exception",
        messages.no_such_index(name if profile.missing_index_is_named else None),
        404,
        java_class="org.elasticsearch.index.IndexNotFoundException",
        fields={"resource.type": "index_or_alias", "resource.id": name, "index_uuid": "_na_", "index": name},
    )


def resource_already_exists(reason: str, fields: Mapping[str, object] = _NO_FIELDS) -> ElasticsearchError:
    """Build ResourceAlreadyExistsException, a 400."""
    java_class = "org.elasticsearch.ResourceAlreadyExistsException"
    return ElasticsearchError("resource_already_exists_exception", reason, 400, java_class=java_class, fields=fields)


def mapper_parsing(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build MapperParsingException, a 400."""
    java_class = "org.elasticsearch.index.mapper.MapperParsingException"
    return ElasticsearchError("mapper_parsing_exception", reason, 400, java_class=java_class, caused_by=caused_by)


def timeout(reason: str, profile: Profile) -> ElasticsearchError:
    """Build ElasticsearchTimeoutException as a version has it: a 500, from 9.0 on a 429 that says what it is."""
    java_class = "org.elasticsearch.ElasticsearchTimeoutException"
    return _timed_out("timeout_exception", reason, profile.timeout_status, java_class, profile)


def process_cluster_event_timeout(source: str, profile: Profile) -> ElasticsearchError:
    """Build ProcessClusterEventTimeoutException, a 503, and from 9.0 on a 429 that says what it is."""
    return _timed_out(
        "process_cluster_event_timeout_exception",
        messages.event_timed_out(source),
        profile.event_timeout_status,
        "org.elasticsearch.cluster.metadata.ProcessClusterEventTimeoutException",
        profile,
    )


def _timed_out(type_: str, reason: str, status: int, java_class: str, profile: Profile) -> ElasticsearchError:
    mark = (("X-Timed-Out", "?1"),)
    marked, shown = profile.timeout_mark != "none", profile.timeout_mark == "header and body"
    return ElasticsearchError(
        type_,
        reason,
        status,
        java_class=java_class,
        fields={"timed_out": True} if marked else _NO_FIELDS,
        headers=mark if shown else (),
        http_headers=mark if marked and not shown else (),
    )


def failed_node(node: Node, action: str) -> ElasticsearchError:
    """Build FailedNodeException for a node that died before it had done its part (TransportTasksAction)."""
    reason = messages.node_disconnected(node.name, node.publish_address, f"{action}[n]")
    disconnected = ElasticsearchError(
        "node_disconnected_exception",
        reason,
        500,
        java_class="org.elasticsearch.transport.NodeDisconnectedException",
    )
    return ElasticsearchError(
        "failed_node_exception",
        messages.failed_node(node.id),
        500,
        java_class="org.elasticsearch.action.FailedNodeException",
        fields={"node_id": node.id},
        caused_by=disconnected,
    )


def rejected_execution(node: str) -> ElasticsearchError:
    """Build EsRejectedExecutionException, a 429."""
    return ElasticsearchError(
        "es_rejected_execution_exception",
        messages.execution_rejected(node),
        429,
        java_class="org.elasticsearch.common.util.concurrent.EsRejectedExecutionException",
        own=False,
    )


def circuit_breaking(profile: Profile) -> ElasticsearchError:
    """Build CircuitBreakingException of the parent breaker: a 503, and from 7.0 on a 429."""
    reason = messages.data_too_large(
        shows_real_usage=profile.breaker_shows_real_usage,
        breakers=profile.breaker_usages,
        link=messages.breaker_link(profile.version.line) if profile.breaker_links else None,
    )
    fields: dict[str, object] = {"bytes_wanted": messages.BREAKER_WANTED, "bytes_limit": messages.BREAKER_LIMIT}
    if profile.breaker_shows_durability:
        fields["durability"] = "PERMANENT"
    return ElasticsearchError(
        "circuit_breaking_exception",
        reason,
        profile.breaker_status,
        java_class="org.elasticsearch.common.breaker.CircuitBreakingException",
        fields=fields,
    )


def master_not_discovered(reason: str | None = None) -> ElasticsearchError:
    """Build MasterNotDiscoveredException, a 503 that seldom has a message."""
    java_class = "org.elasticsearch.discovery.MasterNotDiscoveredException"
    return ElasticsearchError("master_not_discovered_exception", reason, 503, java_class=java_class)


def cluster_block(index: str | None, profile: Profile) -> ElasticsearchError:
    """Build ClusterBlockException: a 503 of a cluster without a master, or a 403 of an index that is read-only."""
    return ElasticsearchError(
        "cluster_block_exception",
        messages.blocked(index, names_index=profile.block_names_index),
        503 if index is None else 403,
        java_class="org.elasticsearch.cluster.block.ClusterBlockException",
    )
