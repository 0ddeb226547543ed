"""What happened in a cluster, told: `timeline` reads it as plain values, the others show them."""

from __future__ import annotations

from typing import Final

SECTION: Final = "rollup cluster"
"""How the names of the sections begin that reports of pytest get from us."""
