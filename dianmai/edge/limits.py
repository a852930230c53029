"""What the doors themselves limit, whatever is asked."""

from dianmai.core.decoding import MAX_DEPTH
from dianmai.core.limits import Limit, declare
from dianmai.edge.bodies import MOST_BYTES
from dianmai.edge.connection import LONGEST_MESSAGE
from dianmai.edge.heads import LONGEST_HEAD, LONGEST_URL, MOST_HEADERS
from dianmai.edge.patience import BURST, RATE, TROUBLES, TROUBLES_S

declare(
    Limit("bytes of an operation's body", MOST_BYTES, "HTTP request", "body_too_large"),
    Limit("bytes of the address", LONGEST_URL, "HTTP request", "url_too_long"),
    Limit("headers", MOST_HEADERS, "HTTP request", "headers_too_large"),
    Limit("bytes of the headers", LONGEST_HEAD, "HTTP request", "headers_too_large"),
    Limit("levels of a body", MAX_DEPTH, "request", "json_too_deep"),
    Limit("bytes of a frame (then close 1009)", LONGEST_MESSAGE, "frame", "body_too_large"),
    Limit("frames (then close 1008)", int(RATE), "socket in a second", "rate_limited"),
    Limit("frames at once (then close 1008)", int(BURST), "socket", "rate_limited"),
    Limit("mistakes (then close 1008)", TROUBLES, f"socket in {TROUBLES_S:.0f} seconds", "rate_limited"),
)
