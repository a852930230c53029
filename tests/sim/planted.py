"""Bugs planted on purpose: a simulator that does not find them proves nothing by finding none."""

from tests.sim import planted_in_devices, planted_in_servers
from tests.sim.planting import PLANTED, planted

__all__ = ["PLANTED", "planted", "planted_in_devices", "planted_in_servers"]
