"""The command line: `dianmai serve` and what an operator does beside it. Says what it does in plain words."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
import uvloop
from cyclopts import Parameter

from dianmai import accounts, doctor, org
from dianmai import app as product
from dianmai.core import migrating, telemetry
from dianmai.core.db import Database
from dianmai.core.engine import Engine
from dianmai.core.errors import Refusal
from dianmai.engines import EngineError, attach
from dianmai.org.demo_chain import write_chain
from dianmai.org.hr_sync.at_terminal import language_of, refusal_words, trouble_with, words
from dianmai.settings import Settings, SettingsError, load, manual

cli = cyclopts.App(name="dianmai", help="Dianmai 店脉, the store-collaboration messenger.", version_flags=[])


def say(sentence: str) -> None:
    """Tells the operator something."""
    print(sentence, flush=True)


def main() -> None:
    """The entry point: errors a person can act on are a sentence and exit status 1."""
    try:
        cli()
    except (SettingsError, EngineError, OSError, ValueError) as error:
        sys.exit(f"dianmai: {error}")
    except Refusal as refusal:
        sys.exit(f"dianmai: {refusal_words(refusal, 'en')}")
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
    workers: int | None = None,
    role: Literal["all", "edge", "worker"] | None = None,
) -> None:
    """Starts the server and runs until it is stopped (Ctrl+C, SIGTERM).

    Parameters
    ----------
    demo
        Fill an empty installation with the demonstration chain.
    host
        Address to listen on; 0.0.0.0 is every address of this machine.
    port
        Port to listen on.
    tls_cert
        PEM file with the TLS certificate chain.
    tls_key
        PEM file with its private key.
    workers
        How many processes answer on this machine; more than one get a database and a bus in common.
    role
        What this machine does: edge answers people, worker does what follows from it, all does both.
    """
    given = {"demo": demo, "host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = load(overrides={**given, "workers": workers, "role": role})
    telemetry.configure(settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stopped, starting = asyncio.Event(), asyncio.current_task()
    assert starting is not None
    answers = False

    def ready(url: str) -> None:
        nonlocal answers
        answers = True
        say(f"Dianmai is ready at {url}")

    def stop() -> None:
        if answers:
            stopped.set()
        else:
            starting.cancel()  # whatever it waits for just now is not worth waiting for any more

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await product.serve(settings, stopped=stopped, ready=ready, progress=say)
    say("Stopped")


@cli.command(name="doctor")
def examine() -> None:
    """Looks at the machine and the installation and says what will cause trouble. Exit status 1 when something will."""
    findings = asyncio.run(doctor.examine(load()))
    say(doctor.report(findings).rstrip())
    if any(finding.level == "bad" for finding in findings):
        sys.exit(1)


@cli.command
def config() -> None:
    """Prints the manual of all settings."""
    say(manual().rstrip())


@cli.command
def import_hr(
    file: Path,
    *,
    yes: Annotated[bool, Parameter(negative="")] = False,
    confirm_mass_change: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Shows what an HR file (xlsx or CSV) would change, and applies it when you agree.

    Parameters
    ----------
    file
        The file. Whoever is not in it leaves.
    yes
        Apply without asking.
    confirm_mass_change
        Apply even when more than a fifth of the people would leave.
    """
    uvloop.run(_import_hr(load(), file, yes=yes, confirm_mass_change=confirm_mass_change))


async def _import_hr(settings: Settings, file: Path, *, yes: bool, confirm_mass_change: bool) -> None:
    language = language_of(os.environ)
    if (trouble := trouble_with(file, language)) is not None:
        sys.exit(f"dianmai: {trouble}")

    def agreed(plan: str) -> bool:
        say(plan)
        try:
            return yes or input(words("apply", language)).strip().lower() in ("y", "yes", "是")
        except EOFError:
            sys.exit(f"\ndianmai: {words('nobody_to_ask', language)}")

    async with _engine(settings, progress=lambda _: None) as engine:
        try:
            done = await org.import_hr(
                engine, file, confirm=agreed, confirm_mass_change=confirm_mass_change, language=language, braked=say
            )
        except Refusal as refusal:
            sys.exit(f"dianmai: {refusal_words(refusal, language)}")
    if done is None:
        say(words("declined", language))
        sys.exit(1)
    say(words("done" if done else "no_change", language))


@cli.command
def demo_chain(*, stores: int = 300, out: Path = Path("demo-chain.xlsx")) -> None:
    """Writes the HR file of a believable chain, for trials.

    Parameters
    ----------
    stores
        How many stores.
    out
        The file, .xlsx or .csv.
    """
    say(f"{write_chain(out, stores)} people in {stores} stores written to {out}")


@cli.command
def activation_code(employee_no: str) -> None:
    """Makes a new activation code for a person: how the first one gets in.

    Parameters
    ----------
    employee_no
        The person's employee number 工号.
    """
    uvloop.run(_activation_code(load(), employee_no))


async def _activation_code(settings: Settings, employee_no: str) -> None:
    async with _engine(settings) as engine:
        issued = await accounts.issue_code_for(engine, employee_no, settings.public_url)
    say(f"{issued.name} ({issued.employee_no}): {issued.code}")
    say("Valid for 14 days and one use. It is not shown again.")


@asynccontextmanager
async def _engine(settings: Settings, progress: Callable[[str], None] = say) -> AsyncGenerator[Engine]:
    """An engine on the installation's database, whether a server is running or not."""
    async with _database(settings, progress) as dsn:
        await migrating.migrate(dsn)
        engine = product.assemble(settings, Database(dsn, size=4)).engine
        await engine.start()
        try:
            yield engine
        finally:
            await engine.stop()


@asynccontextmanager
async def _database(settings: Settings, progress: Callable[[str], None]) -> AsyncGenerator[str]:
    if settings.database_url is None:
        try:
            yield attach(settings.data_dir).dsn
            return
        except EngineError as error:
            if error.code != "not_running":
                raise
    async with product.database(settings, progress) as dsn:
        yield dsn


if __name__ == "__main__":
    main()
