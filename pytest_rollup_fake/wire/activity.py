"""What the thread at a socket is doing, so that others can ask whether anything is under way.

The rule of this file: a thread says that it is busy before it takes anything from its socket, and that it is idle only
when it has finished with what it took. So at any moment a request is at a socket, or some thread is busy with it, or it
waits for its answer; nobody who looks finds it in between.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from .readiness import readable

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence


class Activity(Enum):
    """What a thread at a socket is doing."""

    IDLE = "waits for something to take"
    BUSY = "has taken something, or is about to"
    WAITING = "waits for an answer to be decided"
    OVER = "takes nothing any more"


class Post:
    """A socket and the thread that serves it, which alone sets `activity`."""

    def __init__(self, socket_: socket.socket) -> None:
        self.socket = socket_
        self.activity = Activity.BUSY  # until its thread looks for something to take


def is_under_way(posts: Sequence[Post]) -> bool:
    """Say whether something is at one of the sockets, or was taken from it and is still worked on."""
    idle = []
    for post in posts:
        activity = post.activity
        if activity is Activity.BUSY:
            return True
        if activity is Activity.IDLE:
            idle.append(post)
    # What was at a socket at first is still there, or has made its thread busy.
    return bool(readable([post.socket for post in idle])) or any(post.activity is Activity.BUSY for post in idle)
