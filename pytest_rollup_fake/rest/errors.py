"""Elasticsearch's exceptions as values, and the constructors of those that it throws here.

What an exception looks like in JSON is decided in `rest.rendering`; this module only says what was thrown.
Sources: ElasticsearchException (names, root causes), ExceptionsHelper.status, RestStatus.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from . import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.nodes import Node
    from pytest_rollup_fake.model.versions import Profile

_NO_FIELDS: Mapping[str, object] = MappingProxyType({})


class NotFakedError(Exception):
    """What Elasticsearch would do and the fake does not, in our own words."""


class ElasticsearchError(Exception):
    """An exception that Elasticsearch would have thrown, on its way into an error body.

    `java_class` is the class whose name a stack trace shows, and `type` what JSON makes of it
    (`illegal_argument_exception`); `reason` is the message, `None` for an exception without one, and `status` the HTTP
    status. `fields` follow the reason (`line`, `col`, `timed_out`, `resource.type`). `headers` are shown in the body
    and sent as HTTP headers, `http_headers` are only sent. `caused_by` is the next exception of the chain. `own` says
    whether it extends ElasticsearchException, which decides the root cause.
    """

    def __init__(  # noqa: PLR0913  (an exception in Elasticsearch has this many parts)
        self,
        java_class: str,
        reason: str | None,
        status: int,
        *,
        own: bool = True,
        fields: Mapping[str, object] = _NO_FIELDS,
        headers: tuple[tuple[str, str], ...] = (),
        http_headers: tuple[tuple[str, str], ...] = (),
        caused_by: ElasticsearchError | None = None,
    ) -> None:
        super().__init__(reason)
        self.type = _type_of(java_class)
        self.java_class = java_class
        self.reason = reason
        self.status = status
        self.own = own
        self.fields = fields
        self.headers = headers
        self.http_headers = http_headers
        self.caused_by = caused_by

    @property
    def simple_name(self) -> str:
        """The class without its package and outer class (Class.getSimpleName)."""
        return _simple_name(self.java_class)

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


@lru_cache(maxsize=256)
def _type_of(java_class: str) -> str:
    """Return a class's name as JSON has it (ElasticsearchException.getExceptionName)."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", _simple_name(java_class).removeprefix("Elasticsearch")).lower()


def _simple_name(java_class: str) -> str:
    return java_class.replace("$", ".").rpartition(".")[2]


def class_name(type_: str) -> str:
    """Return the simple name of the class that JSON knows by this name."""
    return "".join(map(str.capitalize, type_.split("_")))


def foreign(
    java_class: str, reason: str | None, status: int = 500, caused_by: ElasticsearchError | None = None
) -> ElasticsearchError:
    """Build an exception that does not extend ElasticsearchException: Java's own, a library's, a few others."""
    return ElasticsearchError(java_class, reason, status, own=False, caused_by=caused_by)


def illegal_argument(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build Java's IllegalArgumentException, a 400."""
    return foreign("java.lang.IllegalArgumentException", reason, 400, caused_by)


def number_format(text: str) -> ElasticsearchError:
    """Build Java's NumberFormatException for `text`, seen only as a cause."""
    return foreign("java.lang.NumberFormatException", messages.NUMBER_FORMAT.format(text=text), 400)


def bad_parameter(cause: ElasticsearchError) -> ElasticsearchError:
    """Wrap what a query string could not be decoded for (RestRequest.BadParameterException)."""
    reason = f"{cause.java_class}: {cause.reason}"
    return foreign("org.elasticsearch.rest.RestRequest$BadParameterException", reason, 400, cause)


def parse_exception(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build ElasticsearchParseException, a 400."""
    return ElasticsearchError("org.elasticsearch.ElasticsearchParseException", reason, 400, caused_by=caused_by)


def parsing_exception(
    reason: str, line: int, column: int, caused_by: ElasticsearchError | None = None
) -> ElasticsearchError:
    """Build ParsingException, a 400 that says where in a body something is wrong."""
    fields = {"line": line, "col": column}
    return ElasticsearchError(
        "org.elasticsearch.common.ParsingException", reason, 400, fields=fields, caused_by=caused_by
    )


def security_exception(
    reason: str,
    status: int,
    *,
    fields: Mapping[str, object] = _NO_FIELDS,
    headers: tuple[tuple[str, str], ...] = (),
    caused_by: ElasticsearchError | None = None,
) -> ElasticsearchError:
    """Build ElasticsearchSecurityException: a 401 or a 403."""
    java_class = "org.elasticsearch.ElasticsearchSecurityException"
    return ElasticsearchError(java_class, reason, status, fields=fields, headers=headers, caused_by=caused_by)


def invalid_index_name(name: str, description: str) -> ElasticsearchError:
    """Build InvalidIndexNameException, a 400 with metadata about an index that cannot be."""
    return ElasticsearchError(
        "org.elasticsearch.indices.InvalidIndexNameException",
        messages.INVALID_INDEX_NAME.format(name=name, description=description),
        400,
        fields={"index_uuid": "_na_", "index": name},
    )


def resource_not_found(reason: str) -> ElasticsearchError:
    """Build ResourceNotFoundException, a 404."""
    return ElasticsearchError("org.elasticsearch.ResourceNotFoundException", reason, 404)


def elasticsearch_exception(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build a plain ElasticsearchException, a 500."""
    return ElasticsearchError("org.elasticsearch.ElasticsearchException", reason, 500, caused_by=caused_by)


def status_exception(reason: str, status: int, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build ElasticsearchStatusException with the status it was made for."""
    return ElasticsearchError("org.elasticsearch.ElasticsearchStatusException", reason, status, caused_by=caused_by)


def action_request_validation(
    failures: list[str], type_: str = "action_request_validation_exception"
) -> ElasticsearchError:
    """Build ActionRequestValidationException or a subclass of it, a 400."""
    return foreign(f"org.elasticsearch.action.{class_name(type_)}", messages.validation_failed(failures), 400)


def index_not_found(name: str, profile: Profile, *, found_by: str = "index_or_alias") -> ElasticsearchError:
    """Build IndexNotFoundException, a 404 with metadata about the index that there is not."""
    return ElasticsearchError(
        "org.elasticsearch.index.IndexNotFoundException",
        messages.no_such_index(name if profile.missing_index_is_named else None),
        404,
        fields={"resource.type": found_by, "resource.id": name, "index_uuid": "_na_", "index": name},
    )


def resource_already_exists(reason: str, fields: Mapping[str, object] = _NO_FIELDS) -> ElasticsearchError:
    """Build ResourceAlreadyExistsException, a 400."""
    return ElasticsearchError("org.elasticsearch.ResourceAlreadyExistsException", reason, 400, fields=fields)


def mapper_parsing(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    """Build MapperParsingException, a 400."""
    return ElasticsearchError("org.elasticsearch.index.mapper.MapperParsingException", reason, 400, caused_by=caused_by)


def timeout(reason: str, profile: Profile) -> ElasticsearchError:
    """Build ElasticsearchTimeoutException as a version has it: a 500, from 9.0 on a 429 that says what it is."""
    return _timed_out("org.elasticsearch.ElasticsearchTimeoutException", reason, profile.timeout_status, profile)


def process_cluster_event_timeout(source: str, profile: Profile) -> ElasticsearchError:
    """Build ProcessClusterEventTimeoutException, a 503, and from 9.0 on a 429 that says what it is."""
    java_class = "org.elasticsearch.cluster.metadata.ProcessClusterEventTimeoutException"
    return _timed_out(java_class, messages.EVENT_TIMED_OUT.format(source=source), profile.event_timeout_status, profile)


def _timed_out(java_class: str, reason: str, status: int, profile: Profile) -> ElasticsearchError:
    mark = (("X-Timed-Out", "?1"),)
    marked, shown = profile.timeout_mark != "none", profile.timeout_mark == "header and body"
    return ElasticsearchError(
        java_class,
        reason,
        status,
        fields={"timed_out": True} if marked else _NO_FIELDS,
        headers=mark if shown else (),
        http_headers=mark if marked and not shown else (),
    )


def failed_node(node: Node, action: str) -> ElasticsearchError:
    """Build FailedNodeException for a node that died before it had done its part (TransportTasksAction)."""
    reason = messages.NODE_DISCONNECTED.format(name=node.name, address=node.publish_address, action=f"{action}[n]")
    return ElasticsearchError(
        "org.elasticsearch.action.FailedNodeException",
        messages.FAILED_NODE.format(node_id=node.id),
        500,
        fields={"node_id": node.id},
        caused_by=ElasticsearchError("org.elasticsearch.transport.NodeDisconnectedException", reason, 500),
    )


def rejected_execution(node: str) -> ElasticsearchError:
    """Build EsRejectedExecutionException, a 429."""
    java_class = "org.elasticsearch.common.util.concurrent.EsRejectedExecutionException"
    return foreign(java_class, messages.execution_rejected(node), 429)


def circuit_breaking(profile: Profile) -> ElasticsearchError:
    """Build CircuitBreakingException of the parent breaker: a 503, and from 7.0 on a 429."""
    reason = messages.data_too_large(
        shows_real_usage=profile.breaker_shows_real_usage,
        breakers=profile.breaker_usages,
        link=messages.BREAKER_LINK.format(line=profile.version.line) if profile.breaker_links else None,
    )
    fields: dict[str, object] = {"bytes_wanted": messages.BREAKER_WANTED, "bytes_limit": messages.BREAKER_LIMIT}
    if profile.breaker_shows_durability:
        fields["durability"] = "PERMANENT"
    java_class = "org.elasticsearch.common.breaker.CircuitBreakingException"
    return ElasticsearchError(java_class, reason, profile.breaker_status, fields=fields)


def master_not_discovered(reason: str | None = None) -> ElasticsearchError:
    """Build MasterNotDiscoveredException, a 503 that seldom has a message."""
    return ElasticsearchError("org.elasticsearch.discovery.MasterNotDiscoveredException", reason, 503)


def cluster_block(index: str | None, profile: Profile) -> ElasticsearchError:
    """Build ClusterBlockException: a 503 of a cluster without a master, or a 403 of an index that is read-only."""
    reason = messages.blocked(index, names_index=profile.block_names_index)
    java_class = "org.elasticsearch.cluster.block.ClusterBlockException"
    return ElasticsearchError(java_class, reason, 503 if index is None else 403)
