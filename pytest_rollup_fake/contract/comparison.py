"""Holds an answer against what was expected of it, to the last character."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from .expectation import Containing, Form, Including, Placeholder, Unordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .client import Response
    from .expectation import Answer
    from .product import Product

ERRORS: Final = 400  # and above
PRODUCT: Final = ("X-elastic-product", "Elasticsearch")
# The name of the exception, in some 9.x: which of the two names, and since which minor, is not read for certain.
UNSURE: Final = {"x-elasticsearch-exception", "x-elastic-app-exception"}
# Which ways to prove who one is a cluster offers beside Basic is a matter of its settings.
CHALLENGES: Final = {("WWW-Authenticate", 'Bearer realm="security"'), ("WWW-Authenticate", "ApiKey")}
QUOTED: Final = re.compile(r'299 Elasticsearch-(\S+) "((?:[^"\\]|\\.)*)"( "[^"]*")?')
DATE: Final = re.compile(r' "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"')


def compare(wanted: Answer, got: Response, product: Product) -> list[str]:
    """Return what is different, a line each; nothing if all is as expected."""
    return [
        *_status(wanted, got),
        *_headers(wanted, got, product),
        *_warnings(wanted, got, product),
        *_body(wanted, got),
    ]


def _status(wanted: Answer, got: Response) -> Iterator[str]:
    yield from compare_values(wanted.status, got.status, "status")


# --- headers ----------------------------------------------------------------------------------------------------------


def _headers(wanted: Answer, got: Response, product: Product) -> Iterator[str]:
    expected = [*wanted.headers, ("content-type", _content_type(wanted, got, product))]
    there = [(name, value) for name, value in got.headers if name.lower() not in {"warning", "content-length", *UNSURE}]
    is_named = product.names_itself(got.status)
    if is_named is None:
        there = [field for field in there if field != PRODUCT]
    elif is_named:
        expected.append(PRODUCT)
    yield from _fields(expected, there)
    lengths = got.values("content-length")
    if wanted.form is Form.HEAD:
        if len(lengths) != 1 or not lengths[0].isdigit() or lengths[0] == "0":
            yield f"content-length: expected that of the body that GET would have, got {lengths}"
    elif lengths != [str(len(got.body))]:
        yield f"content-length: expected ['{len(got.body)}'], got {lengths}"


def _fields(expected: list[tuple[str, Any]], there: list[tuple[str, str]]) -> Iterator[str]:
    """Yield which headers are missing or too many; their order says nothing."""
    for name, value in expected:
        found = next(
            (field for field in there if field[0] == name and not [*compare_values(value, field[1], "")]), None
        )
        if found is None:
            yield f"header missing: {name}: {value}"
        else:
            there.remove(found)
    yield from (f"header not expected: {name}: {value}" for name, value in there if (name, value) not in CHALLENGES)


def _content_type(wanted: Answer, got: Response, product: Product) -> str:
    """Return the type that the body has to have; where several are right, the one it has."""
    if wanted.content_type is not None:
        return str(wanted.content_type)
    is_exception = got.body.startswith(b'{"error":{') or got.body.startswith(b'{\n  "error" : {')
    right = product.content_types(of_exception=is_exception)
    return next((value for value in got.values("content-type") if value in right), right[0])


def _warnings(wanted: Answer, got: Response, product: Product) -> Iterator[str]:
    if product.hides_warnings(got.status):
        return
    texts = []
    for header in got.values("warning"):
        match = QUOTED.fullmatch(header)
        if match is None:
            yield f'header Warning: is not of the form 299 Elasticsearch-VERSION-HASH "text": {header}'
            continue
        if match[1] != product.build:
            yield f"header Warning: expected the build {product.build}, got {match[1]}"
        if product.dates_warnings != bool(match[3] and DATE.fullmatch(match[3])):
            yield f"header Warning: expected {'a' if product.dates_warnings else 'no'} date at its end: {header}"
        texts.append(re.sub(r"\\(.)", r"\1", match[2]))
    # Security's filter warns, which stands before the handlers: refusals of paths and the like never came so far.
    standing = Counter(product.standing_warnings)
    expected = Counter(wanted.warnings) + (standing if got.status < ERRORS and got.body else Counter())
    # Nodes that share the work may each warn; a text twice says nothing else.
    there = Counter(texts) if product.is_fake else Counter(set(texts))
    for text in (expected - there).elements():
        yield f"warning missing: {text}"
    for text in (there - expected - Counter(wanted.maybe) - standing).elements():
        yield f"warning not expected: {text}"


# --- bodies -----------------------------------------------------------------------------------------------------------


def _body(wanted: Answer, got: Response) -> Iterator[str]:
    text = got.body.decode("utf-8", "backslashreplace")
    if wanted.form is Form.HEAD:
        if text:
            yield f"body: expected none, got {text!r}"
        return
    if wanted.form is Form.TEXT:
        yield from compare_values(wanted.body, text, "body")
        return
    try:
        value = json.loads(text)
    except ValueError:
        yield f"body: expected JSON, got {text!r}"
        return
    yield from compare_values(wanted.body, value, "body")
    written = pretty(value) + "\n" if wanted.form is Form.PRETTY else compact(value)
    if text != written:
        yield f"body: expected {wanted.form.value}: {written!r}, got {text!r}"


def compact(value: object) -> str:
    """Write JSON as Elasticsearch does, without `pretty`."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def pretty(value: object, indent: str = "") -> str:
    """Write JSON as Elasticsearch does with `pretty`: blanks round the colon, and in empty brackets."""
    inner = f"{indent}  "
    if isinstance(value, dict):
        if not value:
            return "{ }"
        members = (f"{inner}{compact(key)} : {pretty(member, inner)}" for key, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list):
        if not value:
            return "[ ]"
        return "[\n" + ",\n".join(f"{inner}{pretty(member, inner)}" for member in value) + f"\n{indent}]"
    return compact(value)


def compare_values(wanted: Any, got: Any, where: str) -> Iterator[str]:  # noqa: ANN401  (JSON)
    """Yield where a value is not what was expected; keys of objects have an order too."""
    if isinstance(wanted, Placeholder):
        if (expected := wanted.refuse(got)) is not None:
            yield f"{where}: expected {expected}, got {got!r}"
    elif isinstance(wanted, Unordered | Including):
        yield from _members(wanted.members, got, where, is_whole=isinstance(wanted, Unordered))
    elif isinstance(wanted, dict):
        yield from _members(wanted, got, where, is_whole=True)
        if isinstance(got, dict) and set(got) == set(wanted) and list(got) != list(wanted):
            yield f"{where}: expected the order {', '.join(wanted)}, got {', '.join(got)}"
    elif isinstance(wanted, Containing):
        if not isinstance(got, list) or all([*compare_values(wanted.item, item, where)] for item in got):
            yield f"{where}: expected one item like {wanted.item!r}, got {got!r}"
    elif isinstance(wanted, list):
        yield from _items(wanted, got, where)
    elif type(wanted) is not type(got) or wanted != got:
        yield f"{where}: expected {wanted!r}, got {got!r}"


def _members(wanted: Mapping[str, Any], got: object, where: str, *, is_whole: bool) -> Iterator[str]:
    if not isinstance(got, dict):
        yield f"{where}: expected an object, got {got!r}"
        return
    for key, member in wanted.items():
        if key in got:
            yield from compare_values(member, got[key], f"{where}.{key}")
        else:
            yield f"{where}.{key}: missing"
    if is_whole:
        yield from (f"{where}.{key}: not expected, got {got[key]!r}" for key in got if key not in wanted)


def _items(wanted: Sequence[Any], got: object, where: str) -> Iterator[str]:
    if not isinstance(got, list) or len(got) != len(wanted):
        yield f"{where}: expected an array of {len(wanted)}, got {got!r}"
        return
    for number, (item, there) in enumerate(zip(wanted, got, strict=True)):
        yield from compare_values(item, there, f"{where}[{number}]")
