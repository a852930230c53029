"""The edge: the doors of the server. HTTP and WebSocket on one port, one way of admitting for both.

It carries operations to the engine and entries to sockets, and knows no feature.
"""
