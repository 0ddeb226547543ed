"""Faults as documents: the name of a function of `faults`, and what it takes."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake import faults
from pytest_rollup_fake.faults import Fault, Refusal, Response
from pytest_rollup_fake.model.durations import to_seconds

from .checking import DocumentError, at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.injections import Injection

_BYTES: Final = ("utf-8", "surrogateescape")  # a document has texts only; what is not UTF-8 comes back as it was


def read_fault(document: Mapping[str, Any]) -> Fault:
    """Return the fault that a document names, which its schema allows; raises `DocumentError` naming what it takes."""
    name, arguments = document["fault"], dict(document.get("arguments", {}))
    function = getattr(faults, name)
    parameters = inspect.signature(function).parameters
    with at("arguments"):
        _check_names(name, arguments, parameters)
        if isinstance(arguments.get("data"), str):
            arguments["data"] = arguments["data"].encode(*_BYTES)
        fault: Fault = function(**arguments)
    return fault


def _check_names(name: str, arguments: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> None:
    takes = f"{name} takes {', '.join(parameters) or 'no arguments'}"
    for argument in arguments:
        if argument not in parameters:
            raise DocumentError((argument,), f"there is no such argument; {takes}")
    for parameter in parameters.values():
        if parameter.default is parameter.empty and parameter.name not in arguments:
            raise DocumentError((), f"{parameter.name!r} is missing; {takes}")


def write_injection(injection: Injection) -> dict[str, Any]:
    """Return an injection as a document, with the `id` and the `hits` that it has by now.

    Only those that documents can make: they have one fault, and no function.
    """
    [fault] = injection.plan
    document: dict[str, Any] = {"id": injection.number, **_write_fault(fault), "on": list(injection.on)}
    optional = {"job": injection.job, "after": injection.after or None, "effect": injection.effect}
    at_ = None if injection.at is None else to_seconds(injection.at)
    given = {name: value for name, value in {**optional, "at": at_}.items() if value is not None}
    times = "always" if injection.limit is None else injection.limit
    return {**document, **given, "times": times, "hits": injection.hits}


def _write_fault(fault: Any) -> dict[str, Any]:  # noqa: ANN401  (what read_fault made)
    arguments = _arguments(fault)
    return {"fault": fault.name, **({"arguments": arguments} if arguments else {})}


def _arguments(fault: Fault) -> dict[str, Any]:
    match fault:
        case Refusal():
            return {name: list(value) if isinstance(value, tuple) else value for name, value in fault.arguments}
        case Response(title="response"):
            return {"status": fault.status, "body": fault.body.decode(*_BYTES), "headers": dict(fault.headers)}
        case Response():
            return {}
    values = [(field, getattr(fault, field.name)) for field in fields(fault)]
    return {
        field.name: value.decode(*_BYTES) if isinstance(value, bytes) else value
        for field, value in values
        if value != field.default
    }
