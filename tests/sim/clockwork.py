"""Virtual time: every process has an event loop of its own, and one world runs them all, one callback after the other.

Nothing sleeps. A process that is stopped (SIGSTOP) keeps what is due until it goes on; one that is killed loses it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from typing import Any

MANY_TASKS = 30

_set_running = asyncio._set_running_loop


class World:
    """What is due, in order of time; equal times in the order they were asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.callbacks = 0
        self.broken: list[str] = []
        self._count = 0
        self._due: list[tuple[float, int, Handle | Callable[[], object]]] = []
        self.ready: deque[Handle] = deque()
        self._running: Loop | None = None

    def after(self, seconds: float, call: Callable[[], object]) -> None:
        """Calls something that belongs to no process."""
        self._count += 1
        heappush(self._due, (self.now + seconds, self._count, call))

    def at(self, when: float, call: "Handle | Callable[[], object]") -> None:
        self._count += 1
        heappush(self._due, (when, self._count, call))

    def run(self, seconds: float) -> None:
        """Lets that much time pass."""
        until = self.now + seconds
        due, ready = self._due, self.ready
        self._settle()
        while due and due[0][0] <= until:
            when, _, what = heappop(due)
            if when > self.now:
                self.now = when
            if what.__class__ is Handle:
                ready.append(what)
            else:
                what()
            if ready:
                self._settle()
        self.now = until
        self._enter(None)

    def _settle(self) -> None:
        ready = self.ready
        while ready:
            handle = ready.popleft()
            loop, call, args, context = handle
            if call is None or loop.dead:
                continue
            if loop.stopped is not None:
                loop.stopped.append(handle)
                continue
            self.callbacks += 1
            if loop is not self._running:
                self._enter(loop)
            try:
                if context is None:
                    call(*args)
                else:
                    context.run(call, *args)
            except Exception as error:
                loop.call_exception_handler({"message": repr(call), "exception": error})

    def _enter(self, loop: "Loop | None") -> None:
        self._running = loop
        _set_running(loop)

    def end(self, loop: "Loop") -> None:
        """Kills a process. Its tasks are unwound at once, so that none of them is found open later."""
        loop.stopped = None
        loop.die()
        for _ in range(20):
            tasks = [task for task in loop.tasks if not task.done()]
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            self._unwind(loop)

    def _unwind(self, loop: "Loop") -> None:
        running = self._running
        self._enter(loop)
        while loop.last_words:
            _, call, args, context = loop.last_words.popleft()
            if call is not None:
                context.run(call, *args) if context is not None else call(*args)
        self._enter(running)


class Handle(list[Any]):
    """Something to call: its loop, the callable, its arguments and its context. A list, which is made without a call of
    Python; nothing else here is made so often."""

    __slots__ = ()

    def cancel(self) -> None:
        """What is cancelled stays in the heap and is passed over."""
        self[1] = None

    def cancelled(self) -> bool:
        return self[1] is None


class Loop(asyncio.AbstractEventLoop):
    """The event loop of one process, as much of it as the code under test asks for."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.hub: Any = None
        self.skew_s = 0.0
        self.dead = False
        self.stopped: list[Handle] | None = None
        self.tasks: list[asyncio.Task[Any]] = []
        self.last_words: deque[Handle] = deque()
        self._ready = world.ready
        self._soon: Callable[[Handle], None] = world.ready.append
        self._many = MANY_TASKS

    def die(self) -> None:
        """From now on only what ends its tasks is carried out."""
        self.dead = True
        self._soon = self.last_words.append

    def stop_here(self) -> None:
        """SIGSTOP."""
        if self.stopped is None:
            self.stopped = []

    def go_on(self) -> None:
        """SIGCONT: everything that has become due meanwhile comes at once."""
        stopped, self.stopped = self.stopped or [], None
        self._ready.extend(stopped)

    def time(self) -> float:
        return self.world.now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Any = None) -> Handle:  # type: ignore[override]
        handle = Handle((self, callback, args, context))
        self._soon(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> Handle:
        handle = Handle((self, callback, args, context))
        self.world.at(self.world.now + delay, handle)
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> Handle:
        handle = Handle((self, callback, args, context))
        self.world.at(when, handle)
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Any = None
    ) -> "asyncio.Task[Any]":
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self.tasks.append(task)
        if len(self.tasks) > self._many:
            self.tasks = [task for task in self.tasks if not task.done()]
            self._many = 2 * len(self.tasks) + MANY_TASKS
        return task

    def is_running(self) -> bool:
        return not self.dead

    def is_closed(self) -> bool:
        return False

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self.dead:
            self.world.broken.append(f"{self.name}: {context.get('message')}: {context.get('exception')!r}")
