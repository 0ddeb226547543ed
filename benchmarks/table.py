"""What is printed: sections of a title, what the comparison is worth, and rows."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Row(NamedTuple):
    """A line of a table; `beside` is the figure as a multiple of what the section compares with."""

    what: str
    figure: str
    beside: str = ""
    target: str = ""


class Section(NamedTuple):
    """Rows that were measured side by side, turn by turn, and what is to be known about them."""

    title: str
    note: str
    rows: Sequence[Row]


def show(section: Section) -> str:
    """Return a section as Markdown, without the columns that no row of it fills."""
    columns = [("", [row.what for row in section.rows]), ("median (quartiles)", [row.figure for row in section.rows])]
    if any(row.beside for row in section.rows):
        columns.append(("beside", [row.beside for row in section.rows]))
    if any(row.target for row in section.rows):
        columns.append(("target", [row.target for row in section.rows]))
    head = f"| {' | '.join(name for name, _ in columns)} |\n|{'---|' * len(columns)}"
    lines = [f"| {' | '.join(cells)} |" for cells in zip(*(cells for _, cells in columns), strict=True)]
    return "\n".join([f"## {section.title}\n\n{section.note}\n\n{head}", *lines, ""])


def spread(values: Sequence[float], factor: float, unit: str, digits: int = 2) -> str:
    """Return the median with the quartiles around it."""
    low, middle, high = (f"{value * factor:,.{digits}f}" for value in statistics.quantiles(values, n=4))
    return f"{middle} {unit} ({low} to {high})"


def ratio(values: Sequence[float], base: Sequence[float]) -> str:
    """Return the ratio of two medians."""
    found = statistics.median(values) / statistics.median(base)
    return f"{found:.2f} x" if found < 10 else f"{found:.0f} x"  # noqa: PLR2004  (what reads well)
