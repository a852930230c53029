/* Many XMPP clients in one thread: connecting, signing in with SASL PLAIN, binding, being present, text in and out. */
#ifndef XMPP_H
#define XMPP_H
#include "modes.h"

struct peer {
    int fd, index, step; /* `step` of signing in */
    bool blocked, lost;
    uint64_t began;
    char *kept; /* the beginning of what has not come whole */
    size_t kept_size;
    char *out;
    size_t out_size, out_room;
};

/* What a client asks for after its presence; it is ready when that is answered. */
enum last_step { PING_ONLY, JOIN_ROOM, FETCH_ARCHIVE };

struct xmpp {
    const struct wish *wish; /* each line of `tokens` is a name and a password; `stream` the room, or the archive's cursor */
    enum last_step last;
    int epoll, started, ready, lost;
    struct peer *peers;
    /* Called with what answered a client's last step; it is ready now. */
    void (*on_ready)(struct peer *peer, const char *text, size_t size, uint64_t now);
    /* Called with what a client that is ready got; returns how much of it is done with. */
    size_t (*on_text)(struct peer *peer, const char *text, size_t size, uint64_t now);
    char trouble[600]; /* why the first lost client was lost */
};

/* Signs every client in, at most `at_once` in the middle of it; the seconds it took, below 0 when one is lost. */
double xmpp_connect_all(struct xmpp *xmpp, double patience_s);

/* Waits for events at most `wait_ns` and handles them. */
void xmpp_turn(struct xmpp *xmpp, int64_t wait_ns);
void xmpp_rest(struct xmpp *xmpp, double seconds);

/* Queues text; `peer_flush` writes what is queued. */
void peer_put(struct peer *peer, const char *text, size_t size);
void peer_flush(struct xmpp *xmpp, struct peer *peer);

/* The bodies that benches send: who, the how manyth, and when, so that a receiver can check them without parsing XML. */
enum { MARK_SIZE = 2 + 16 + 4 + 8 };

struct mark {
    uint64_t due;
    uint32_t sender, counter;
};

/* Writes a mark and filler, `size` characters in all. */
void mark_write(char *to, int size, struct mark mark);

/* Finds the next mark from `*at` on and moves `*at` behind it. When there is none, moves `*at` to where one may begin. */
bool mark_next(const char **at, const char *end, struct mark *mark);

/* The loads; each is one mode of the generator. */
int xmpp_chat(const struct wish *wish, bool pairs);
int xmpp_resume(const struct wish *wish);
int xmpp_idle(const struct wish *wish);

#endif
