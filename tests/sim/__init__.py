"""A seeded simulator of the sync protocol: three servers, a bus, one database and sixteen devices in one thread.

The servers are the real code (engine, group commit, catching up, sockets' door, fan-out, looking elsewhere); what is
modelled is around it: PostgreSQL (`database`, `statements`), wires and the bus (`network`), time (`clockwork`) and the
web client (`journal`, `device`); every fourth device is a bot that waits for no answer (`pipeline`). One
`random.Random(seed)` decides everything, so a seed that fails fails again:

    python -m tests.sim --seed 7
"""
