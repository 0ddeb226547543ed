"""The suite: each case in each version to which it applies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .cases import CASES
from .expectation import as_numbers
from .plugin import PROPERTY, lines_of
from .subject import SetUpError

if TYPE_CHECKING:
    from .expectation import Case
    from .subjects import Subjects


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have one test for each version and case."""
    held = [(line, case) for line in lines_of(metafunc.config) for case in CASES if case.applies_to(as_numbers(line))]
    metafunc.parametrize("contract_case", held, ids=[_name(line, case) for line, case in held])


def _name(line: str, case: Case) -> str:
    words = re.findall(r"[\w.%+*=-]+", f"{case.endpoint} {case.name}")
    return f"{line}-{'-'.join(words)}"


def test_agrees(contract_case: tuple[str, Case], rollup_subjects: Subjects, request: pytest.FixtureRequest) -> None:
    """What the cluster answers is what Elasticsearch answers, as far as the case goes."""
    line, case = contract_case
    subject = rollup_subjects.of(line, case)
    reason = subject.why_not(case)
    if reason is not None:
        pytest.skip(reason)
    try:
        differences, exchanges = subject.hold(case)
    except SetUpError as error:
        pytest.fail(f"{case.endpoint}, {case.name}: {error}", pytrace=False)
    if request.config.getoption("rollup_record"):
        dict(request.node.user_properties)[PROPERTY]["exchanges"] += exchanges
    if differences:
        head = f"{case.endpoint}, {case.name} (Elasticsearch: {case.source})"
        pytest.fail("\n".join([f"{subject.product.number}: {head}", *differences]), pytrace=False)
