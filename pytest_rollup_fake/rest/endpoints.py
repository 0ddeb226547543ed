"""The endpoints that are faked: what each does, and what it takes.

An endpoint is a function of two steps, like BaseRestHandler.prepareRequest: called with a channel and the parameters,
it reads all that it takes and returns the action. Between the two, parameters that nobody read and bodies that nobody
takes are refused. Their paths are in `rest.routes`, and what they are called where privileges are asked for in
`rest.authorization`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from . import around, caps, indices, info, nodes, put, rollup, search

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action


class Endpoint(NamedTuple):
    """What answers a request: `prepare` is the first step; `is_rollup` says whether it goes when rollup goes."""

    prepare: Callable[[Channel, Parameters], Action]
    is_rollup: bool = False
    takes_body: bool = False


FAKED: Final[Mapping[str, Endpoint]] = MappingProxyType(
    {
        "stop": Endpoint(rollup.stop, is_rollup=True),
        "start": Endpoint(rollup.start, is_rollup=True),
        "delete": Endpoint(rollup.delete, is_rollup=True),
        "get": Endpoint(rollup.get_jobs, is_rollup=True),
        "put": Endpoint(put.put, is_rollup=True, takes_body=True),
        "caps": Endpoint(caps.caps, is_rollup=True),
        "index_caps": Endpoint(caps.index_caps, is_rollup=True),
        "search": Endpoint(search.search, is_rollup=True, takes_body=True),
        "create_index": Endpoint(indices.create, takes_body=True),
        "get_index": Endpoint(indices.get),
        "exists_index": Endpoint(indices.get),
        "delete_index": Endpoint(indices.delete),
        "refresh": Endpoint(indices.refresh),
        "get_mapping": Endpoint(indices.get_mapping),
        "put_mapping": Endpoint(indices.put_mapping, takes_body=True),
        "info": Endpoint(info.info),
        "health": Endpoint(around.get_health),
        "license": Endpoint(around.get_license),
        "xpack": Endpoint(around.get_xpack_info),
        "nodes": Endpoint(nodes.get_nodes_info),
        "tasks": Endpoint(nodes.list_tasks),
    }
)
