"""Faults: parts of the running system are killed while people write, and the promises are checked afterwards."""
