/* What the generator can do, and what it is told to do. */
#ifndef MODES_H
#define MODES_H
#include "net.h"

struct wish {
    const char *host, *stream, *body;
    int port, senders, window, size, at_once;
    double rate, warm, seconds, spread;
    char **tokens;
    int count;
    char **lines; /* what belongs to each client or pair, one line each */
    int line_count;
};

/* One group: all clients receive, the first `senders` send. Closed loop with `window` in flight, or open loop at `rate`. */
int fanout(const struct wish *wish);

/* The first client publishes `body`; the others receive it, say so, and over `spread` seconds read and confirm it. */
int notice(const struct wish *wish);

/* The loads of bin/bench peers on an XMPP server: `fanout`, `pairs`, `resume`, `idle`. */
int xmpp(const struct wish *wish, const char *load);

/* Of every two clients the first writes into the stream that `lines` names for the pair, and both hear it. */
int pairs_talk(const struct wish *wish);

/* All clients are there for `seconds` and say nothing. */
int idle(const struct wish *wish);

/* All clients come back within `spread` seconds (0: at once) and fetch what they missed, which `lines` tells of each. */
int storm(const struct wish *wish);

/* Each client posts messages into `stream` over HTTP, one after the other. */
int post(const struct wish *wish);

/* Connects every client and says so; the seconds it took, below 0 (and why on stderr) when one is lost. */
double connect_all(struct net *net, const struct wish *wish, double patience_s);

/* A line for whoever runs us: {"event": …}. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The number behind `key` (such as "\"seq\":") in the first `size` bytes of `text`; -1 when it is not there. */
int64_t number_after(const char *text, size_t size, const char *key);

#endif
