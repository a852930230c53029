"""Replays what the fuzzers begin with, and a few thousand mutations of it, the same each time."""

import random
import tracemalloc

import pytest

from tests.fuzz import corpus, targets

MUTATIONS = 1_500
OF_THE_COSTLY = {"roster_xlsx": 60, "rich": 200, "page": 300}


@pytest.mark.parametrize("target", targets.TARGETS)
def test_no_input_kept_is_more_than_refused(target: str) -> None:
    for data in corpus.of(target):
        targets.feed(target, data)
        tracemalloc.start()
        targets.TARGETS[target](data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak <= targets.MOST_BYTES, data[:200]


@pytest.mark.parametrize("target", targets.TARGETS)
def test_no_mutation_of_it_is_more_than_refused(target: str) -> None:
    chance = random.Random(f"seed of {target}")
    kept = corpus.of(target)
    for _ in range(OF_THE_COSTLY.get(target, MUTATIONS)):
        data = corpus.mutated(chance.choice(kept), chance)
        try:
            targets.feed(target, data)
        except Exception as error:
            error.add_note(f"the input: {data!r}")
            raise


def test_what_is_more_than_refused_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(data: bytes) -> None:
        if b"[" in data:
            raise KeyError("a bug")

    monkeypatch.setitem(targets.TARGETS, "frame", fragile)
    chance = random.Random(1)
    with pytest.raises(KeyError):
        for _ in range(MUTATIONS):
            targets.feed("frame", corpus.mutated(b'{"t":"hello"}', chance))
