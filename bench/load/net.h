/* Many WebSocket clients in one thread: connecting, upgrading, saying hello, whole frames in, joined frames out. */
#ifndef NET_H
#define NET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stage { UNUSED, CONNECTING, UPGRADING, WELCOMING, READY, LOST };

struct client {
    int fd, index;
    enum stage stage;
    bool blocked;    /* the socket took no more; the rest of `out` waits */
    uint8_t mask[4];
    char *kept;      /* the beginning of what has not come whole */
    size_t kept_size;
    char *out;
    size_t out_size, out_room;
};

struct net {
    const char *host;
    int port, epoll, count, started, ready, lost;
    char **tokens;
    struct client *clients;
    /* Called with each text frame of a client that is ready; `now` is CLOCK_MONOTONIC when its bytes were read. */
    void (*on_frame)(struct client *client, const char *text, size_t size, uint64_t now);
    /* Called when everything read at once has been handed over: the moment to answer with joined frames. */
    void (*on_read)(struct client *client);
    char trouble[600]; /* why the first lost client was lost */
};

uint64_t monotonic_ns(void);
uint64_t realtime_us(void);

void net_open(struct net *net, const char *host, int port, char **tokens, int count);

/* Connects every client, at most `at_once` in the middle of it, and returns when all are welcome (false: one is lost). */
bool net_connect(struct net *net, int at_once, double patience_s);

/* Waits for events at most `wait_ns` and handles them; the number of events. */
int net_turn(struct net *net, int64_t wait_ns);

/* Handles what comes for so long, and asks for nothing. */
void net_rest(struct net *net, double seconds);

/* Queues one masked text frame; `client_flush` writes what is queued. */
void client_put(struct client *client, const char *text, size_t size);
void client_flush(struct net *net, struct client *client);
void client_lose(struct net *net, struct client *client, const char *why);

#endif
