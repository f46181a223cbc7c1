"""Customers of the sample shop: requests at random moments, at the rate its history had at this hour."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, Thread

import requests
from requests.adapters import HTTPAdapter

from tallystick.demo.shape import Service

AT_ONCE = 24
"""Most requests under way to one service; those that come on top are dropped, as by any real proxy."""

_LOOK_AGAIN_SECONDS = 10.0
"""The rate changes with the hour, so no wait is longer; the wait for a Poisson process' next event forgets its past."""

_LATE_SECONDS = 5.0
"""How much a busy machine may have to make up for; of what is later than that, customers have given up."""

_TIMEOUT_SECONDS = 5


@dataclass
class Load:
    """
    The customers of one service, at work from `start` to `stop`.

    Attributes:
        service: whose they are.
        url: where it answers.
        seed: of the moments and of what is asked for.
    """

    service: Service
    url: str
    seed: int
    _done: Event = field(default_factory=Event, init=False)

    def start(self) -> Thread:
        """Begin, in a thread."""
        thread = Thread(target=self._run, name=f"load-{self.service.name}", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """End, within moments."""
        self._done.set()

    def _run(self) -> None:
        random_ = random.Random(f"load-{self.service.name}-{self.seed}")
        free = BoundedSemaphore(AT_ONCE)
        with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
            session.mount("http://", HTTPAdapter(pool_maxsize=AT_ONCE))
            # Moments follow from moments, not from when this thread woke up: on a busy machine the rate stays what it is.
            moment = time.monotonic()
            while True:
                wait = random_.expovariate(self.service.rate(time.time()))
                moment = max(moment + min(wait, _LOOK_AGAIN_SECONDS), time.monotonic() - _LATE_SECONDS)
                if self._done.wait(max(0.0, moment - time.monotonic())):
                    return
                if wait <= _LOOK_AGAIN_SECONDS and free.acquire(blocking=False):
                    pool.submit(self._ask, session, random_.random()).add_done_callback(lambda _: free.release())

    def _ask(self, session: requests.Session, chance: float) -> None:
        handlers = self.service.handlers
        handler = next(
            (one for index, one in enumerate(handlers) if chance < sum(h.share for h in handlers[: index + 1])),
            handlers[-1],
        )
        session.request(handler.method, self.url + handler.path, timeout=_TIMEOUT_SECONDS)
