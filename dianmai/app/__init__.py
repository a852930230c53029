"""The product put together: its features, how a server starts, runs and stops, and the demonstration."""

from dianmai.app.assembling import App, assemble
from dianmai.app.commanding import database, serve
from dianmai.app.demo import SIGN_INS, fill_with_demo
from dianmai.app.serving import Running, running

__all__ = ["SIGN_INS", "App", "Running", "assemble", "database", "fill_with_demo", "running", "serve"]
