"""Argon2id in threads of its own, and only so many at a time: a rush of sign-ins must not slow the messages down."""

import asyncio
import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, TypeVar

import argon2
from argon2.exceptions import Argon2Error, InvalidHashError

from dianmai.core.errors import Unavailable, describe

T = TypeVar("T")

MEMORY_KIB: Final = 46 * 1024
ROUNDS: Final = 2
AT_ONCE: Final = max(1, (os.cpu_count() or 2) - 1)
WAITING: Final = 64  # about five seconds of work for one thread
RETRY_AFTER_MS: Final = (2_000, 8_000)  # not all at once again

_hasher = argon2.PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")


class _Queue:
    """How many wait or work."""

    length = 0


async def hashed(password: str) -> str:
    """The password's hash with its parameters; `sign_in_busy` when too many wait already."""
    return await _in_turn(lambda: _hasher.hash(password))


async def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Without a hash (nobody's) it takes just as long and is never right."""
    return await _in_turn(lambda: _verify(password_hash, password))


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


async def _in_turn(work: Callable[[], T]) -> T:
    if _Queue.length >= WAITING + AT_ONCE:
        raise Unavailable("sign_in_busy", retry_after_ms=random.randint(*RETRY_AFTER_MS))  # noqa: S311
    _Queue.length += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        _Queue.length -= 1


def _verify(password_hash: str | None, password: str) -> bool:
    nobodys = _nobodys_hash()
    try:
        return _hasher.verify(password_hash or nobodys, password) and password_hash is not None
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(os.urandom(16))


describe(
    {"sign_in_busy": ("现在登录的人太多，请几秒后再试", "Too many people are signing in; try again in a few seconds")}
)
