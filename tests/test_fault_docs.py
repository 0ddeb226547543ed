"""The tables of `docs/how-to/inject-failures.md` say what there is.

`python -m tests.test_fault_docs` writes them anew.
"""

from __future__ import annotations

import inspect
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_rollup_fake import Fault, RollupCluster, faults, scenarios
from pytest_rollup_fake.faults import Refusal, Response
from pytest_rollup_fake.model.versions import LINES
from tests.calling import raw_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PAGE: Final = Path(__file__).parents[1] / "docs" / "how-to" / "inject-failures.md"
MADE: Final[dict[str, Callable[..., Fault]]] = {
    name: value
    for name, value in vars(faults).items()
    if inspect.isfunction(value) and value.__module__ == faults.__name__ and not name.startswith("_")
}
ARGUMENTS: Final[dict[str, tuple[object, ...]]] = {
    "error": (418, "teapot_exception", "short and stout"),
    "response": (299,),
    "slow": ("9s",),
    "delay": ("9s",),
}
AS_GIVEN: Final = frozenset({"error", "response"})
SCENARIOS: Final = "| scenario | what happens |"
ANSWERS: Final = "| fault | status | what it is |"
WIRE: Final = "| fault | effect, unless told | also on connect and idle | what it is |"


def first_sentence(function: Callable[..., object]) -> str:
    """Return the sentence that stands for a function."""
    return (inspect.getdoc(function) or "").partition("\n")[0]


def signature(name: str) -> str:
    """Return a call of a fault, with the names of its arguments."""
    return f"`faults.{name}({', '.join(inspect.signature(MADE[name]).parameters)})`"


def status_in(line: str, fault: Fault) -> int:
    """Return the status that a client sees in a version."""
    with RollupCluster(line, jobs=["sensor"]) as cluster:
        cluster.inject(fault, on="stop")
        root = "/_xpack/rollup" if cluster.version is not None and cluster.version.major == 6 else "/_rollup"
        return raw_status(cluster, f"{root}/job/sensor/_stop")


def statuses(fault: Fault) -> str:
    """Say which status a fault has in which versions."""
    runs = [(status, list(lines)) for status, lines in groupby(LINES, lambda line: status_in(line, fault))]
    if len(runs) == 1:
        return str(runs[0][0])
    (before, _), (after, lines) = runs
    return f"{before}, from {lines[0]} on {after}"


def status_cell(name: str) -> str:
    """Return what a row says of the status."""
    if name in AS_GIVEN:
        return "as given"
    if name == "cluster_block":
        return f"{statuses(faults.cluster_block())}; {statuses(faults.cluster_block('logs'))} with an index"
    return statuses(MADE[name]())


def table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table of Markdown."""
    line = "|---" * (head.count("|") - 1) + "|"
    return "\n".join([head, line, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def tables() -> dict[str, str]:
    """Return each table of the page by its head."""
    made = {name: make(*ARGUMENTS.get(name, ())) for name, make in MADE.items()}
    answers = [name for name, fault in made.items() if isinstance(fault, (Refusal, Response))]
    wire = [(name, fault) for name, fault in made.items() if name not in answers]
    return {
        SCENARIOS: table(SCENARIOS, ((f"`{each.__name__}`", first_sentence(each)) for each in scenarios.ALL)),
        ANSWERS: table(ANSWERS, ((signature(name), status_cell(name), first_sentence(MADE[name])) for name in answers)),
        WIRE: table(
            WIRE,
            (
                (
                    signature(name),
                    "always applied" if fault.needs_answer else fault.effect,
                    "yes" if fault.strikes_connections else "no",
                    first_sentence(MADE[name]),
                )
                for name, fault in wire
            ),
        ),
    }


def written(text: str) -> dict[str, str]:
    """Return each table of a text by its head."""
    found = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return {block.partition("\n")[0]: block for block in found}


@pytest.mark.parametrize("head", [SCENARIOS, ANSWERS, WIRE])
def test_the_table_says_what_there_is(head: str) -> None:
    """Every scenario and every fault, with the status that each version gives it."""
    assert written(PAGE.read_text(encoding="utf-8"))[head] == tables()[head]


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    for head, old in written(page).items():
        page = page.replace(old, tables()[head])
    PAGE.write_text(page, encoding="utf-8")
