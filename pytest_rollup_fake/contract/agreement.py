"""The table at the end of a run: what agreed, what differed, what was left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

AGREED: Final = "agreed"
DIFFERED: Final = "differed"
LEFT_OUT: Final = "left out"
OUTCOMES: Final = (AGREED, DIFFERED, LEFT_OUT)


@dataclass
class Held:
    """A case in a version, and how it ended; `noted` is what the record says of it."""

    noted: dict[str, Any]
    outcome: str
    reason: str = ""


@dataclass
class Agreement:
    """How all cases ended, each by its name in the run."""

    held: dict[str, Held] = field(default_factory=dict)

    def add(self, name: str, held: Held) -> None:
        """Note a case; what differs stays different, whatever comes after it."""
        if name not in self.held or self.held[name].outcome != DIFFERED:
            self.held[name] = held

    def table(self) -> list[str]:
        """Return the lines of the table, an endpoint each in the order of the cases, and the reasons below it."""
        endpoints = dict.fromkeys(str(held.noted["endpoint"]) for held in self.held.values())
        counts = Counter((str(held.noted["endpoint"]), held.outcome) for held in self.held.values())
        width = max(map(len, [*endpoints, "endpoint"]))
        rows = [_row(width, name, [counts[name, outcome] for outcome in OUTCOMES]) for name in sorted(endpoints)]
        whole = Counter(held.outcome for held in self.held.values())
        reasons = Counter(held.reason for held in self.held.values() if held.outcome == LEFT_OUT)
        return [
            f"{'endpoint':{width}}{'cases':>8}{''.join(f'{outcome:>10}' for outcome in OUTCOMES)}",
            *rows,
            _row(width, "all", [whole[outcome] for outcome in OUTCOMES]),
            *(f"left out {count}: {reason}" for reason, count in reasons.items()),
        ]

    def record(self, cluster: dict[str, Any]) -> dict[str, Any]:
        """Return everything as JSON: what was held to the contract, and each case with its exchanges."""
        cases = [{**held.noted, "outcome": held.outcome, "reason": held.reason} for held in self.held.values()]
        return {"cluster": cluster, "cases": cases}


def _row(width: int, name: str, counts: list[int]) -> str:
    return f"{name:{width}}{sum(counts):8}{''.join(f'{count:10}' for count in counts)}"
