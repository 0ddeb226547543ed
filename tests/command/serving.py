"""Running `rollup-fake serve` as users run it: as a program, of which the first line is read."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM: Final = Path(sys.executable).parent / "rollup-fake"
_PATIENCE: Final = 20


class Served:
    """A program that serves: the lines that it has printed, and how it ends."""

    def __init__(self, process: subprocess.Popen[str], printed: list[str]) -> None:
        self.process = process
        self.printed = printed

    @property
    def url(self) -> str:
        """The URL of the first line."""
        return self.printed[0]

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal, and return the exit code and what else was printed on both streams."""
        self.process.send_signal(by)
        out, err = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, out, err


@contextlib.contextmanager
def serve(*arguments: str, lines: int = 1) -> Iterator[Served]:
    """Run `rollup-fake serve` with a free port while the block lasts, once it has printed its first lines."""
    process = subprocess.Popen(
        [PROGRAM, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        printed = [_line(process.stdout) for _ in range(lines)]
        assert printed[0].startswith("http"), process.communicate(timeout=_PATIENCE)
        yield Served(process, printed)
    finally:
        process.kill()
        process.communicate()


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().rstrip("\n")
