"""Beside the best of our kind: ejabberd with its archive in PostgreSQL and ours, one after the other, A B A B.

Same machine, same generator, same database with the same settings, everything durable on both sides. Only one server
runs at a time, and each is started anew for its round.
"""

from dataclasses import asdict
from typing import Any

from bench import calibrating, generating, serving
from bench.auditing import Audit
from bench.environment import environment
from bench.ground import say
from bench.peer.archive import archive_database
from bench.peer.ejabberd import Ejabberd
from bench.peer.figures import Round, medians, ratios
from bench.peer.installed import ejabberd_version, libraries
from bench.peer.ours import Ours
from bench.peer.sizes import Sizes
from bench.peer.theirs import Theirs

ROUNDS = 3


async def measure(sizes: Sizes | None = None, rounds: int = ROUNDS) -> dict[str, Any]:
    """The whole bench, in about seven minutes."""
    sizes = sizes or Sizes()
    libraries()  # says at once what is not installed
    generating.build()
    where = {**environment(), "ejabberd": ejabberd_version()}
    audit = Audit()
    with serving.place() as place:
        async with archive_database(place / "archive") as stored:
            where["database"] = stored.settings
            say("calibrating")
            calibration = {**calibrating.bare_fanout(), **await calibrating.bare_commits(stored.engine.admin_dsn)}
            server = Ejabberd(place / "ejabberd", stored.archive, sizes.online + sizes.sessions)
            ours, theirs = Ours(place / "data", sizes, audit), Theirs(server, stored, sizes, audit)
            say("filling both sides")
            password_sign_ins_per_s = await ours.prepare()
            await theirs.prepare()
            our_rounds: list[Round] = []
            their_rounds: list[Round] = []
            for number in range(1, rounds + 1):
                our_rounds.append(await ours.round())
                say(f"round {number}, ours: {our_rounds[-1].reached}")
                their_rounds.append(await theirs.round())
                say(f"round {number}, ejabberd: {their_rounds[-1].reached}")
        await ours.verify()
    our, their = medians(our_rounds), medians(their_rounds)
    return {
        "bench": "peers",
        **ratios(our, their),
        "ours": our,
        "ejabberd": their,
        "password_sign_ins_per_s": password_sign_ins_per_s,
        "disturbed_runs": sum(one.disturbed_runs for one in (*our_rounds, *their_rounds)),
        "rounds_ours": [one.shown() for one in our_rounds],
        "rounds_ejabberd": [one.shown() for one in their_rounds],
        "sizes": asdict(sizes),
        "asserted": audit.asserted,
        "calibration": calibration,
        "environment": where,
    }
