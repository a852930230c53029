"""Sign-ins of the demonstration, which `serve --demo` prints: passwords set directly, good from this machine only."""

from collections.abc import Mapping

from dianmai import org
from dianmai.accounts import hashing, store
from dianmai.core.engine import Engine
from dianmai.core.transactions import Transaction


async def is_demo(engine: Engine, employee_no: str) -> bool:
    """Whether this person's password is one of the demonstration's."""
    async with engine.database.reading() as connection:
        account = await store.account(connection, employee_no)
    return account is not None and account.loopback_only


async def demo_sign_ins(engine: Engine, passwords: Mapping[str, str]) -> None:
    """Gives these people (by employee number) these passwords and activates them.

    Such an account signs in from a loopback address only, whatever the server listens on: its password is no secret.
    An account that has a password already is left alone.
    """
    hashes = {employee_no: await hashing.hashed(password) for employee_no, password in passwords.items()}

    async def work(tx: Transaction) -> None:
        for employee_no, password_hash in hashes.items():
            account = await store.account(tx.db, employee_no)
            if account is not None and account.password_hash is None and account.state == "invited":
                await store.set_password(tx.db, account.person, password_hash, loopback_only=True)
                await org.activate(tx, account.person)

    await engine.write(work)
