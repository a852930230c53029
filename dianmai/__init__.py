"""Dianmai 店脉: one order reaches every store and comes back proved."""
