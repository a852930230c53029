"""bin/bench: runs one bench by name, prints its result, keeps it when asked to."""

import argparse
import asyncio
import json
import resource
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from bench import fanout, growth, idle, notice, pairs, peers, post, scale, search, storm
from bench.peer.installed import NotInstalled

BENCHES = {
    "fanout": fanout.measure,
    "pairs": pairs.measure,
    "idle": idle.measure,
    "storm": storm.measure,
    "notice": notice.measure,
    "post": post.measure,
    "growth": growth.measure,
    "scale": scale.measure,
    "search": search.measure,
    "peers": peers.measure,
}
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measures the product on this machine")
    parser.add_argument("name", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of an indented one")
    parser.add_argument("--keep", action="store_true", help="keeps the result in bench/results")
    parser.add_argument("--messages", type=int, help="search: how many, instead of a million")
    wish = parser.parse_args()
    if shutil.which("gcc") is None:
        print("The load generator is built with gcc, which is not here (Debian: apt-get install gcc).", file=sys.stderr)
        return 2
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server under test inherits it
    # Killed without a word, it would leave the servers behind that it has started.
    signal.signal(signal.SIGTERM, _end)
    try:
        result: dict[str, Any] = asyncio.run(_bench(wish))
    except NotInstalled as missing:
        print(missing, file=sys.stderr)
        return 2
    if wish.keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{wish.name}.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(result, indent=None if wish.json else 2, ensure_ascii=False))
    return 0


async def _bench(wish: argparse.Namespace) -> dict[str, Any]:
    if wish.name == "search" and wish.messages:
        return await search.measure(wish.messages)
    return await BENCHES[wish.name]()


def _end(_number: int, _frame: object) -> None:
    sys.exit(143)


if __name__ == "__main__":
    sys.exit(main())
