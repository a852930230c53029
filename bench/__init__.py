"""Benchmarks: what the product does on this machine, measured through its public doors. `bin/bench` runs them."""
