"""Fake time for the code under test: what `Clock.skipping_sleep` puts in place while its block lasts.

The rules of this package:

* A `Block` knows how far the clock was moved since it began, and whose code it is for: its own thread, and the threads
  that were started since. Everybody else, pytest and our own threads included, gets the real functions.
* `functions` replaces the functions of `time` that sleep or read a clock, wherever a module has them under a name.
* `loops` replaces nothing of asyncio but the waiting: a loop that would block lets the clock move instead.
* What could not work is refused when the block is entered, with the reason (`refusals`).
* On leaving, everything is put back. What somebody has kept of it is real from then on.
"""

from __future__ import annotations

from .block import Block as Block
