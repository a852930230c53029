/* Messages posted over HTTP: every client has one request under way on a connection it keeps. */
#define _GNU_SOURCE
#include "histogram.h"
#include "modes.h"
#include "talking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 30, DRAIN_S = 15 };

struct poster {
    uint64_t asked, sent;
    int64_t last; /* seq of the last answer: each must lie behind the one before */
    bool waiting;
};

static const struct wish *wish;
static struct net net;
static struct poster *posters;
static struct histogram latency;
static bool sending, measuring;
static int64_t acked, measured_acked, refused, wrong, first_acked, last_acked;
static char refusal[400];

static void post_one(struct client *client);
static void on_answer(struct client *client, int status, const char *body, size_t size, uint64_t now);
static void run_for(double seconds);
static int report(void);

int post(const struct wish *wished) {
    wish = wished;
    posters = calloc((size_t)wish->count, sizeof *posters);
    talk_size(wish->size);
    net_open(&net, wish->host, wish->port, wish->tokens, wish->count);
    for (int i = 0; i < net.count; i++) net.clients[i].http = true;
    net.on_answer = on_answer;
    if (!net_connect(&net, wish->at_once, CONNECT_S)) {
        fprintf(stderr, "%s\n", net.trouble);
        return 1;
    }
    sending = true;
    for (int i = 0; i < net.count; i++) post_one(&net.clients[i]);
    run_for(wish->warm);
    measuring = true;
    say("{\"event\":\"measuring\"}");
    run_for(wish->seconds);
    say("{\"event\":\"measured\"}");
    sending = measuring = false;
    uint64_t until = monotonic_ns() + (uint64_t)DRAIN_S * 1000000000u;
    for (int waiting = 1; waiting && !net.lost && monotonic_ns() < until; net_turn(&net, 10000000)) {
        waiting = 0;
        for (int i = 0; i < net.count; i++) waiting += posters[i].waiting;
    }
    return report();
}

static void run_for(double seconds) {
    uint64_t end = monotonic_ns() + (uint64_t)(seconds * 1e9);
    while (!net.lost && monotonic_ns() < end) net_turn(&net, 5000000);
}

static void post_one(struct client *client) {
    struct poster *poster = &posters[client->index];
    char body[11000], nonce[64];
    int size = snprintf(body, sizeof body, "{\"stream\":\"%s\",\"text\":\"%s\"}", wish->stream, talk_text());
    poster->asked = monotonic_ns();
    poster->waiting = true;
    snprintf(nonce, sizeof nonce, "b%016llx-%d-%llu", (unsigned long long)poster->asked, client->index,
             (unsigned long long)poster->sent++);
    client_ask(&net, client, "chat.send", nonce, body, (size_t)size);
}

static void on_answer(struct client *client, int status, const char *body, size_t size, uint64_t now) {
    struct poster *poster = &posters[client->index];
    int64_t seq = number_after(body, size, "\"seq\":");
    poster->waiting = false;
    if (status != 200 || seq < 0) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%d %.*s", status, (int)(size < 300 ? size : 300), body);
        return;
    }
    acked++;
    if (seq <= poster->last) wrong++;
    poster->last = seq;
    if (first_acked == 0 || seq < first_acked) first_acked = seq;
    if (seq > last_acked) last_acked = seq;
    if (measuring) {
        measured_acked++;
        histogram_add(&latency, now - poster->asked);
    }
    if (sending) post_one(client);
}

static int report(void) {
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    if (refused) fprintf(stderr, "refused: %s\n", refusal);
    say("{\"event\":\"result\",\"clients\":%d,\"acked\":%lld,\"refused\":%lld,\"lost_clients\":%d,\"out_of_order\":%lld,"
        "\"first_seq\":%lld,\"last_seq\":%lld,\"measured_acked\":%lld,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}",
        net.count, (long long)acked, (long long)refused, net.lost, (long long)wrong, (long long)first_acked,
        (long long)last_acked, (long long)measured_acked, histogram_ms(&latency, .5), histogram_ms(&latency, .99),
        histogram_ms(&latency, 1));
    return net.lost || refused || wrong ? 1 : 0;
}
