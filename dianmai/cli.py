"""The command line: `dianmai serve` and what an operator does beside it. Says what it does in plain words."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import cyclopts
import uvloop
from cyclopts import Parameter

from dianmai import app as product
from dianmai.core import telemetry
from dianmai.core.errors import Refusal
from dianmai.engines import EngineError
from dianmai.settings import Settings, SettingsError, load, manual

cli = cyclopts.App(name="dianmai", help="Dianmai 店脉, the store-collaboration messenger.")


def main() -> None:
    """The entry point: errors a person can act on are one sentence and exit status 1."""
    try:
        cli()
    except (SettingsError, EngineError, OSError) as error:
        sys.exit(f"dianmai: {error}")
    except Refusal as refusal:
        sys.exit(f"dianmai: {refusal.body('en', '-').message}")
    except KeyboardInterrupt:
        sys.exit(130)


@cli.command
def serve(
    *,
    demo: Annotated[bool | None, Parameter(negative="")] = None,
    host: str | None = None,
    port: int | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
) -> None:
    """Starts the server and runs until it is stopped (Ctrl+C, SIGTERM).

    Parameters
    ----------
    demo
        Fill an empty installation with the demonstration chain.
    host
        Address to listen on.
    port
        Port to listen on.
    tls_cert
        PEM file with the TLS certificate chain.
    tls_key
        PEM file with its private key.
    """
    given = {"demo": demo, "host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = load(overrides=given)
    telemetry.configure(settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)

    def ready(server: product.Running) -> None:
        say(f"Dianmai is ready at {server.url}")

    await product.serve(settings, stopped=stopped, ready=ready, progress=say)
    say("Stopped")


@cli.command
def config() -> None:
    """Prints the manual of all settings."""
    print(manual(), end="")


def say(words: str) -> None:
    """Tells the operator something."""
    print(words, flush=True)


if __name__ == "__main__":
    main()
