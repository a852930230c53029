"""Accounts: how people prove who they are, and the sessions they get for it.

It knows passwords and activation codes, never in the clear. What a session is worth at a door is `core.access`; who
the person is and what they may do is `org`. Nobody is given a password: each sets one with a one-time code.
"""

from dianmai.accounts.activating import activate
from dianmai.accounts.demo import demo_sign_ins, is_demo
from dianmai.accounts.devices import devices, end_device, register_device
from dianmai.accounts.issuing import issue_code, issue_code_for
from dianmai.accounts.me import me
from dianmai.accounts.quiet_hours import quiet_hours, set_quiet_hours
from dianmai.accounts.sessions import end_session, sessions, sign_out
from dianmai.accounts.signing_in import sign_in
from dianmai.accounts.switching import here, switch

operations = [
    *[activate, sign_in, sign_out, me, sessions, end_session, issue_code],
    *[register_device, devices, end_device, here, switch],
    *[quiet_hours, set_quiet_hours],
]

__all__ = ["demo_sign_ins", "is_demo", "issue_code_for", "operations"]
