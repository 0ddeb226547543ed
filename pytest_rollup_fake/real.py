"""What stays real while the code under test lives in fake time: the functions of `time`, and our own threads."""

from __future__ import annotations

import threading
import time


class Real:
    """The real clocks and sleep, kept where nothing that fakes time in this process replaces them."""

    time_ns = staticmethod(time.time_ns)
    monotonic = staticmethod(time.monotonic)
    monotonic_ns = staticmethod(time.monotonic_ns)
    perf_counter = staticmethod(time.perf_counter)
    perf_counter_ns = staticmethod(time.perf_counter_ns)
    sleep = staticmethod(time.sleep)
    time = staticmethod(time.time)  # last: from here on `time` is this


class OwnThread(threading.Thread):
    """A thread of the fake's: no code under test runs in it."""
