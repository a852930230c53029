/* Many clients in one thread: WebSocket ones that are welcome once the server has said so, and HTTP ones that keep their
   connection. Whole frames and answers in, joined frames and requests out. */
#ifndef NET_H
#define NET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stage { UNUSED, CONNECTING, UPGRADING, WELCOMING, READY, LOST };

struct client {
    int fd, index;
    enum stage stage;
    bool http;       /* asks operations over HTTP instead of opening a socket */
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
    /* Called when a client has become ready: welcome, or connected when it speaks HTTP. */
    void (*on_ready)(struct client *client, uint64_t now);
    /* Called with each answer to an HTTP client. */
    void (*on_answer)(struct client *client, int status, const char *body, size_t size, uint64_t now);
    /* Called when an upgrade is refused; true when the client may be UNUSED again instead of lost. */
    bool (*on_refused)(struct client *client, int status, int retry_after_s);
    char trouble[600]; /* why the first lost client was lost */
};

uint64_t monotonic_ns(void);
uint64_t realtime_us(void);

void net_open(struct net *net, const char *host, int port, char **tokens, int count);

/* Begins to connect one client; `client->http` is to be set before. */
void net_start(struct net *net, int index);

/* Connects every client, at most `at_once` in the middle of it, and returns when all are welcome (false: one is lost). */
bool net_connect(struct net *net, int at_once, double patience_s);

/* Waits for events at most `wait_ns` and handles them; the number of events. */
int net_turn(struct net *net, int64_t wait_ns);

/* Handles what comes for so long, and asks for nothing. */
void net_rest(struct net *net, double seconds);

/* Queues one masked text frame; `client_flush` writes what is queued. */
void client_put(struct client *client, const char *text, size_t size);

/* Queues bytes as they are. */
void client_queue(struct client *client, const void *data, size_t size);
void client_flush(struct net *net, struct client *client);

/* Asks an operation over HTTP, as the web client does (but with a bearer token); `nonce` may be NULL. */
void client_ask(struct net *net, struct client *client, const char *op, const char *nonce, const char *body, size_t size);
void client_ready(struct net *net, struct client *client, uint64_t now);
void client_lose(struct net *net, struct client *client, const char *why);

#endif
