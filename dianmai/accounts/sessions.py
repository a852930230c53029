"""A person's sessions: seeing them, ending one, signing out."""

from dianmai.accounts import store_devices
from dianmai.core.access import credentials_of, end_credential
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act, reading, writing
from dianmai.wire.accounts import EndSession, GetSessions, Session, Sessions, SignOut
from dianmai.wire.base import Nothing


@reading("accounts.sessions")
async def sessions(act: Act, ask: GetSessions) -> Sessions:
    """One's own live sessions with their devices, last used first, at most 200. Only one's own can be seen."""
    return Sessions(
        sessions=[
            Session(
                id=credential.id,
                device_name=credential.device_name,
                device_kind=credential.device_kind,  # pyright: ignore[reportArgumentType] - only ours are written
                since=millis(credential.created_at),
                last_used=millis(credential.last_used_at),
                this=credential.id == act.actor.credential,
            )
            for credential in await credentials_of(act.db, act.actor.id)
            if credential.kind == "session"
        ]
    )


@writing("accounts.end_session", nonce=False, on_reserve=True)
async def end_session(act: Act, ask: EndSession) -> Nothing:
    """Ends one of one's own sessions: its next request is refused, its socket closes within a second.

    A shared device no longer holds one then. Refusals: `not_found` when it is not one's own or has ended already.
    """
    if not await end_credential(act.tx, act.actor.id, ask.session):
        raise NotFound("not_found", field="session")
    await store_devices.let_go(act.tx.db, ask.session)
    if ask.session == act.actor.credential:
        act.end_session()
    return Nothing()


@writing("accounts.sign_out", nonce=False, on_reserve=True)
async def sign_out(act: Act, ask: SignOut) -> Nothing:
    """Ends the session that asks. The token is void with the answer.

    On a shared device, `stay` leaves the person among those who are held there (see `accounts.switch`).
    """
    if act.actor.credential is not None:
        shared = await store_devices.device_of(act.tx.db, act.actor.credential) if ask.stay else None
        if shared is not None:
            await store_devices.note_use(act.tx.db, shared.id)
        else:
            await store_devices.let_go(act.tx.db, act.actor.credential)
        await end_credential(act.tx, act.actor.id, act.actor.credential)
    act.end_session()
    return Nothing()
