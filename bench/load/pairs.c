/* Pairs talking one to one: of every two clients the first writes into the pair's own stream, both hear it. */
#define _GNU_SOURCE
#include "histogram.h"
#include "modes.h"
#include "talking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 60, DRAIN_S = 15 };

struct pair {
    char field[100]; /* "stream":"chat:…" */
    int64_t acked, first, last;
};

static const struct wish *wish;
static struct net net;
static struct pair *pairs;
static struct talker *senders;
static struct listener *listeners;
static struct histogram ack_latency, delivery_latency;
static bool sending, measuring;
static int64_t acked, refused, deliveries, measured_acked;
static char refusal[400];

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now);
static void hear(struct client *client, const char *text, size_t size, uint64_t now);
static void on_heard(void *now, uint64_t sent);
static void on_done(struct client *client, const char *text, size_t size, uint64_t now);
static void refill(struct client *client);
static void run(void);
static void drain(void);
static int report(void);

int pairs_talk(const struct wish *wished) {
    wish = wished;
    if (wish->line_count * 2 != wish->count) {
        fprintf(stderr, "%d tokens are not two for each of %d streams\n", wish->count, wish->line_count);
        return 2;
    }
    listeners = calloc((size_t)wish->count, sizeof *listeners);
    senders = talkers(wish->line_count);
    pairs = calloc((size_t)wish->line_count, sizeof *pairs);
    for (int i = 0; i < wish->line_count; i++)
        snprintf(pairs[i].field, sizeof pairs[i].field, "\"stream\":\"%s\"", wish->lines[i]);
    talk_size(wish->size);
    net.on_frame = on_frame;
    net.on_read = refill;
    if (connect_all(&net, wish, CONNECT_S) < 0) return 1;
    net_rest(&net, 0.5);
    run();
    drain();
    return report();
}

static void run(void) {
    uint64_t began = monotonic_ns(), measure = began + (uint64_t)(wish->warm * 1e9);
    uint64_t end = measure + (uint64_t)(wish->seconds * 1e9), turn = 0;
    double gap = wish->rate > 0 ? 1e9 / wish->rate : 0, due = (double)began;
    sending = true;
    for (int i = 0; gap == 0 && i < net.count; i += 2) {
        refill(&net.clients[i]);
        client_flush(&net, &net.clients[i]);
    }
    for (uint64_t now = began; now < end && !net.lost; now = monotonic_ns()) {
        if (!measuring && now >= measure) {
            measuring = true;
            say("{\"event\":\"measuring\"}");
        }
        int64_t wait = 5000000;
        for (; gap > 0 && due <= (double)now; due += gap) {
            int pair = (int)(turn++ % (uint64_t)wish->line_count);
            talk_send(&net.clients[2 * pair], &senders[pair], wish->lines[pair], (uint64_t)due);
            client_flush(&net, &net.clients[2 * pair]);
        }
        if (gap > 0 && due - (double)now < 5e6) wait = (int64_t)(due - (double)now) + 1;
        net_turn(&net, wait);
    }
    say("{\"event\":\"measured\"}");
    sending = measuring = false;
}

static int64_t sent_in_all(void) {
    int64_t sent = 0;
    for (int i = 0; i < wish->line_count; i++) sent += (int64_t)senders[i].sent;
    return sent;
}

static void drain(void) {
    uint64_t until = monotonic_ns() + (uint64_t)DRAIN_S * 1000000000u;
    while (!net.lost && monotonic_ns() < until) {
        if (acked + refused == sent_in_all() && deliveries == 2 * acked) break;
        net_turn(&net, 10000000);
    }
    net_rest(&net, 0.2); /* too many? */
}

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now) {
    if (size > 14 && memcmp(text, "{\"t\":\"entries\"", 14) == 0) {
        const char *field = pairs[client->index / 2].field;
        if (memmem(text, size < 120 ? size : 120, field, strlen(field))) hear(client, text, size, now);
    } else if (size > 11 && memcmp(text, "{\"t\":\"done\"", 11) == 0) {
        on_done(client, text, size, now);
    } else if (size > 12 && memcmp(text, "{\"t\":\"error\"", 12) == 0) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%.*s", (int)size, text);
        if (client->index % 2 == 0) senders[client->index / 2].acked++;
    }
}

struct moment {
    uint64_t now;
    bool peer;
};

static void hear(struct client *client, const char *text, size_t size, uint64_t now) {
    struct listener *listener = &listeners[client->index];
    struct moment moment = {now, client->index % 2 == 1};
    int64_t before = listener->got;
    talk_hear(listener, text, size, on_heard, &moment);
    deliveries += listener->got - before;
}

/* The delay that counts is the other one's: who writes has the acknowledgement. */
static void on_heard(void *who, uint64_t sent) {
    const struct moment *moment = who;
    if (measuring && moment->peer) histogram_add(&delivery_latency, moment->now > sent ? moment->now - sent : 0);
}

static void on_done(struct client *client, const char *text, size_t size, uint64_t now) {
    struct pair *pair = &pairs[client->index / 2];
    uint64_t sent;
    int64_t seq = client->index % 2 == 0 ? talk_done(&senders[client->index / 2], text, size, &sent) : -1;
    if (seq < 0) return;
    acked++;
    pair->acked++;
    if (pair->first == 0 || seq < pair->first) pair->first = seq;
    if (seq > pair->last) pair->last = seq;
    if (!measuring) return;
    measured_acked++;
    histogram_add(&ack_latency, now > sent ? now - sent : 0);
}

static void refill(struct client *client) {
    if (!sending || wish->rate > 0 || client->index % 2) return;
    struct talker *sender = &senders[client->index / 2];
    while (sender->sent - sender->acked < (uint64_t)wish->window)
        talk_send(client, sender, wish->lines[client->index / 2], monotonic_ns());
}

static int report(void) {
    int64_t wrong = 0, incomplete = 0;
    for (int i = 0; i < net.count; i++) {
        const struct listener *l = &listeners[i];
        const struct pair *p = &pairs[i / 2];
        wrong += l->wrong;
        if (l->got != p->acked || l->first != p->first || l->last != p->last) incomplete++;
    }
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    if (refused) fprintf(stderr, "refused: %s\n", refusal);
    say("{\"event\":\"result\",\"clients\":%d,\"sent\":%lld,\"acked\":%lld,\"refused\":%lld,\"lost_clients\":%d,"
        "\"deliveries\":%lld,\"out_of_order\":%lld,\"incomplete_receivers\":%lld,\"measured_acked\":%lld,"
        "\"ack_p50_ms\":%.3f,\"ack_p99_ms\":%.3f,\"ack_max_ms\":%.3f,"
        "\"delivery_p50_ms\":%.3f,\"delivery_p99_ms\":%.3f,\"delivery_max_ms\":%.3f}",
        net.count, (long long)sent_in_all(), (long long)acked, (long long)refused, net.lost, (long long)deliveries,
        (long long)wrong, (long long)incomplete, (long long)measured_acked, histogram_ms(&ack_latency, .5),
        histogram_ms(&ack_latency, .99), histogram_ms(&ack_latency, 1), histogram_ms(&delivery_latency, .5),
        histogram_ms(&delivery_latency, .99), histogram_ms(&delivery_latency, 1));
    return net.lost || refused || wrong || incomplete ? 1 : 0;
}
