#define _GNU_SOURCE
#include "histogram.h"
#include "modes.h"
#include "talking.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 60, DRAIN_S = 15 };

static const struct wish *wish;
static struct net net;
static struct listener *receivers;
static struct talker *senders;
static struct histogram ack_latency, delivery_latency;
static bool sending, measuring;
static int64_t acked, refused, deliveries, first_acked, last_acked;
static int64_t measured_acked, measured_deliveries;
static char stream_field[100], refusal[400];
static volatile sig_atomic_t enough;

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now);
static void hear(struct client *client, const char *text, size_t size, uint64_t now);
static void on_heard(void *now, uint64_t sent);
static void on_done(struct client *client, const char *text, size_t size, uint64_t now);
static void refill(struct client *client);
static void on_signal(int number);
static void run(void);
static void drain(void);
static int report(double seconds, double connected_s);

int fanout(const struct wish *wished) {
    wish = wished;
    receivers = calloc((size_t)wish->count, sizeof *receivers);
    senders = talkers(wish->senders);
    talk_size(wish->size);
    signal(SIGTERM, on_signal);
    snprintf(stream_field, sizeof stream_field, "\"stream\":\"%s\"", wish->stream);
    net.on_frame = on_frame;
    net.on_read = refill;
    double connected_s = connect_all(&net, wish, CONNECT_S);
    if (connected_s < 0) return 1;
    net_rest(&net, 0.5);
    run();
    drain();
    return report(wish->seconds, connected_s);
}

static void run(void) {
    uint64_t began = monotonic_ns(), measure = began + (uint64_t)(wish->warm * 1e9), end = 0;
    double gap = wish->rate > 0 ? 1e9 / wish->rate : 0, due = (double)began;
    uint64_t turn = 0;
    sending = true;
    for (int i = 0; gap == 0 && i < wish->senders; i++) {
        refill(&net.clients[i]);
        client_flush(&net, &net.clients[i]);
    }
    for (;;) {
        uint64_t now = monotonic_ns();
        if (!measuring && now >= measure) {
            measuring = true;
            say("{\"event\":\"measuring\"}");
            end = monotonic_ns() + (uint64_t)(wish->seconds * 1e9);
        } else if (enough || (measuring && now >= end)) {
            break;
        }
        int64_t wait = 5000000;
        for (; gap > 0 && due <= (double)now; due += gap) {
            struct client *client = &net.clients[turn++ % (uint64_t)wish->senders];
            talk_send(client, &senders[client->index], wish->stream, (uint64_t)due);
            client_flush(&net, client);
        }
        if (gap > 0 && due - (double)now < 5e6) wait = (int64_t)(due - (double)now) + 1;
        net_turn(&net, wait);
        if (net.lost) break;
    }
    say("{\"event\":\"measured\"}");
    sending = measuring = false;
}

static int64_t sent_in_all(void) {
    int64_t sent = 0;
    for (int i = 0; i < wish->senders; i++) sent += (int64_t)senders[i].sent;
    return sent;
}

static void drain(void) {
    uint64_t until = monotonic_ns() + (uint64_t)DRAIN_S * 1000000000u;
    while (!net.lost && monotonic_ns() < until) {
        if (acked + refused == sent_in_all() && deliveries == acked * net.count) break;
        net_turn(&net, 10000000);
    }
    net_rest(&net, 0.2); /* too many? */
}

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now) {
    if (size > 14 && memcmp(text, "{\"t\":\"entries\"", 14) == 0) {
        if (memmem(text, size < 120 ? size : 120, stream_field, strlen(stream_field)))
            hear(client, text, size, now);
    } else if (size > 11 && memcmp(text, "{\"t\":\"done\"", 11) == 0) {
        on_done(client, text, size, now);
    } else if (size > 12 && memcmp(text, "{\"t\":\"error\"", 12) == 0) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%.*s", (int)size, text);
        if (client->index < wish->senders) senders[client->index].acked++;
    }
}

static void hear(struct client *client, const char *text, size_t size, uint64_t now) {
    struct listener *receiver = &receivers[client->index];
    int64_t before = receiver->got;
    talk_hear(receiver, text, size, on_heard, &now);
    deliveries += receiver->got - before;
}

static void on_heard(void *now, uint64_t sent) {
    if (!measuring) return;
    measured_deliveries++;
    histogram_add(&delivery_latency, *(uint64_t *)now > sent ? *(uint64_t *)now - sent : 0);
}

static void on_done(struct client *client, const char *text, size_t size, uint64_t now) {
    uint64_t sent;
    int64_t seq = client->index < wish->senders ? talk_done(&senders[client->index], text, size, &sent) : -1;
    if (seq < 0) return;
    acked++;
    if (first_acked == 0 || seq < first_acked) first_acked = seq;
    if (seq > last_acked) last_acked = seq;
    if (measuring) {
        measured_acked++;
        histogram_add(&ack_latency, now > sent ? now - sent : 0);
    }
}

static void refill(struct client *client) {
    if (!sending || wish->rate > 0 || client->index >= wish->senders) return;
    struct talker *sender = &senders[client->index];
    while (sender->sent - sender->acked < (uint64_t)wish->window) talk_send(client, sender, wish->stream, monotonic_ns());
}

/* Whoever runs us has seen enough: what is on its way is still waited for. */
static void on_signal(int number) {
    (void)number;
    enough = 1;
}

static int report(double seconds, double connected_s) {
    int64_t wrong = 0, incomplete = 0;
    for (int i = 0; i < net.count; i++) {
        const struct listener *r = &receivers[i];
        wrong += r->wrong;
        if (r->got != acked || r->first != first_acked || r->last != last_acked) incomplete++;
    }
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    if (refused) fprintf(stderr, "refused: %s\n", refusal);
    say("{\"event\":\"result\",\"clients\":%d,\"connect_s\":%.3f,\"seconds\":%.3f,\"sent\":%lld,\"acked\":%lld,"
        "\"refused\":%lld,\"lost_clients\":%d,\"first_seq\":%lld,\"last_seq\":%lld,\"deliveries\":%lld,"
        "\"out_of_order\":%lld,\"incomplete_receivers\":%lld,\"measured_acked\":%lld,\"measured_deliveries\":%lld,"
        "\"ack_p50_ms\":%.3f,\"ack_p99_ms\":%.3f,\"ack_max_ms\":%.3f,"
        "\"delivery_p50_ms\":%.3f,\"delivery_p99_ms\":%.3f,\"delivery_max_ms\":%.3f}",
        net.count, connected_s, seconds, (long long)sent_in_all(), (long long)acked, (long long)refused, net.lost,
        (long long)first_acked, (long long)last_acked, (long long)deliveries, (long long)wrong, (long long)incomplete,
        (long long)measured_acked, (long long)measured_deliveries, histogram_ms(&ack_latency, .5),
        histogram_ms(&ack_latency, .99), histogram_ms(&ack_latency, 1), histogram_ms(&delivery_latency, .5),
        histogram_ms(&delivery_latency, .99), histogram_ms(&delivery_latency, 1));
    return net.lost || refused || wrong || incomplete ? 1 : 0;
}
