"""A request whose answer is not there yet."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model.journal import RecordedRequest
    from .model.stages import Stage
    from .model.world import World


class Ticket:
    """A request whose answer is not there yet: its thread waits for `reply`.

    `stage` is what it waits for, and `go_on` says what comes after it: another stage, or the reply. `answers` is False
    for one whose answer is on its way already, drop by drop.
    """

    def __init__(
        self,
        world: World,
        request: RecordedRequest,
        stage: Stage,
        go_on: Callable[[Any], Any] | None = None,
        *,
        answers: bool = True,
    ) -> None:
        self.world = world
        self.request = request
        self.stage = stage
        self.go_on = go_on
        self.answers = answers
        self.reply: Any = None
        self.decided_at = 0
        self.was_parked_too_long = False
        self.is_over = False  # handed out, or to be given up: the thread may go on
        self.went_on = threading.Lock()  # held while the thread is to stay parked
        self.went_on.acquire()
        self.at_rest = threading.Event()  # answered, lost or abandoned

    def hand_out(self) -> None:
        """Let the thread go on with what there is."""
        self.is_over = True
        self.wake()

    def wake(self) -> None:
        """Let the thread look again at how it is to wait."""
        with contextlib.suppress(RuntimeError):  # it has been woken already
            self.went_on.release()
