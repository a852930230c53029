"""Issuing activation codes: on paper to a new colleague, again to who has lost one or forgotten the password."""

from datetime import timedelta
from typing import Final

from dianmai import org
from dianmai.accounts import codes, store
from dianmai.core.access import SYSTEM
from dianmai.core.clock import millis
from dianmai.core.engine import Engine
from dianmai.core.errors import NotFound
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, writing
from dianmai.core.transactions import Transaction
from dianmai.wire.accounts import CodeIssued, IssueCode, IssuedCode

LIFETIME: Final = timedelta(days=14)


# Without a nonce: a repeated request's answer would have to be kept, and with it the code, readable. A second code
# instead harms nobody.
@writing("accounts.issue_code", nonce=False, on_reserve=True)
async def issue_code(act: Act, ask: IssueCode) -> IssuedCode:
    """Makes a new activation code for a person, valid for 14 days and one use; an earlier one is void.

    The code is said only here and stored hashed. `qr_svg` is a picture of it. The password and sessions the person may
    have stay good until the code is redeemed. Needs the right `issue_codes` over every unit the person works in, and
    the person must not have powers beyond one's own; staff with the right over the whole company may issue for all but
    those who may import. Refusals: `forbidden`, `not_found` (nobody, or has left).
    """
    row = await org.person_row(act.db, ask.person)
    if row is None or row.state == "left":
        raise NotFound("not_found", field="person")
    await org.require_authority(act, "issue_codes", row.id)
    return await _issue(act.tx, row.id, row.employee_no, row.name, ask.page)


async def issue_code_for(engine: Engine, employee_no: str, page: str | None = None) -> IssuedCode:
    """The same for the command line, as the system: how the first person of an installation gets in."""

    async def work(tx: Transaction) -> IssuedCode:
        row = await org.person_numbered(tx.db, employee_no)
        if row is None or row.state == "left":
            raise NotFound("not_found", field="employee_no")
        return await _issue(tx, row.id, row.employee_no, row.name, page)

    return await engine.write(work, actor=SYSTEM)


async def _issue(tx: Transaction, person: int, employee_no: str, name: str, page: str | None) -> IssuedCode:
    code = codes.new_code()
    expires = await store.set_code(tx.db, person, codes.digest(person, code), LIFETIME, tx.actor.id)
    # Who has the code can become the person: the ledger says who gave it out.
    tx.append(Draft("org", "code.issued", CodeIssued(person=person, expires=millis(expires))))
    return IssuedCode(
        person=person,
        employee_no=employee_no,
        name=name,
        code=code,
        expires=millis(expires),
        qr_svg=codes.qr_svg(employee_no, code, page),
    )
