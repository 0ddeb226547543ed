"""What Elasticsearch does, endpoint by endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import (
    caps,
    delete,
    forms,
    get,
    http,
    media_types,
    parameters,
    put,
    put_refused,
    root,
    search,
    security,
    start,
    stop,
    xpack,
)

if TYPE_CHECKING:
    from pytest_rollup_fake.contract.expectation import Case

_MODULES: Final = (
    *(stop, start, get, put, put_refused, delete, caps, search),
    *(root, parameters, forms, http, media_types, xpack, security),
)

CASES: Final[tuple[Case, ...]] = tuple(case for module in _MODULES for case in module.CASES)
