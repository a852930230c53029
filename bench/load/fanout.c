#define _GNU_SOURCE
#include "histogram.h"
#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 1 << 16, CONNECT_S = 60, DRAIN_S = 15 };

struct receiver {
    int64_t first, last, got, wrong;
};

struct sender {
    uint64_t sent, acked, *times; /* times of the last RING messages, by ref */
};

static const struct wish *wish;
static struct net net;
static struct receiver *receivers;
static struct sender *senders;
static struct histogram ack_latency, delivery_latency;
static bool sending, measuring;
static int64_t acked, refused, deliveries, first_acked, last_acked;
static int64_t measured_acked, measured_deliveries;
static char filler[10001], stream_field[100], refusal[400];

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now);
static void on_entries(struct receiver *receiver, const char *text, size_t size, uint64_t now);
static void on_done(struct client *client, const char *text, size_t size, uint64_t now);
static void refill(struct client *client);
static void send_one(struct client *client, uint64_t due);
static void run(void);
static void drain(void);
static int report(double seconds, double connected_s);

int fanout(const struct wish *wished) {
    wish = wished;
    receivers = calloc((size_t)wish->count, sizeof *receivers);
    senders = calloc((size_t)wish->senders, sizeof *senders);
    for (int i = 0; i < wish->senders; i++) senders[i].times = calloc(RING, sizeof(uint64_t));
    for (int i = 0; i < wish->size && i < 10000; i++) filler[i] = "the shelf by the door is full again "[i % 36];
    if (wish->size) filler[wish->size - 1] = '.'; /* the server trims blanks */
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
        } else if (measuring && now >= end) {
            break;
        }
        int64_t wait = 5000000;
        for (; gap > 0 && due <= (double)now; due += gap) {
            struct client *client = &net.clients[turn++ % (uint64_t)wish->senders];
            send_one(client, (uint64_t)due);
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
            on_entries(&receivers[client->index], text, size, now);
    } else if (size > 11 && memcmp(text, "{\"t\":\"done\"", 11) == 0) {
        on_done(client, text, size, now);
    } else if (size > 12 && memcmp(text, "{\"t\":\"error\"", 12) == 0) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%.*s", (int)size, text);
        if (client->index < wish->senders) senders[client->index].acked++;
    }
}

static uint64_t hexadecimal(const char *text) {
    uint64_t value = 0;
    for (int i = 0; i < 16; i++) value = value << 4 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
    return value;
}

/* Quotes inside a text are escaped, so the keys looked for can be nothing else. Each entry holds a text of `size` bytes,
   which is leapt over wherever it stands. */
static void on_entries(struct receiver *receiver, const char *text, size_t size, uint64_t now) {
    static int text_first = -1;
    const char *end = text + size;
    for (const char *at; (at = memmem(text, (size_t)(end - text), "\"seq\":", 6)) != NULL;) {
        int64_t seq = 0;
        for (at += 6; *at >= '0' && *at <= '9'; at++) seq = seq * 10 + *at - '0';
        if (receiver->first == 0) receiver->first = seq;
        else if (seq != receiver->last + 1) receiver->wrong++;
        receiver->last = seq;
        receiver->got++;
        deliveries++;
        const char *after = at + wish->size < end ? at + wish->size : end, *from = text_first > 0 ? after : at;
        const char *nonce = memmem(from, (size_t)(end - from), "\"nonce\":\"b", 10);
        if (text_first < 0 && nonce != NULL) text_first = nonce > after;
        if (nonce != NULL && measuring) {
            uint64_t sent = hexadecimal(nonce + 10);
            measured_deliveries++;
            histogram_add(&delivery_latency, now > sent ? now - sent : 0);
        }
        text = nonce > after ? nonce : after;
    }
}

static void on_done(struct client *client, const char *text, size_t size, uint64_t now) {
    int64_t ref = number_after(text, size, "\"ref\":"), seq = number_after(text, size, "\"seq\":");
    if (client->index >= wish->senders || ref < 0 || seq < 0) return;
    struct sender *sender = &senders[client->index];
    sender->acked++;
    acked++;
    if (first_acked == 0 || seq < first_acked) first_acked = seq;
    if (seq > last_acked) last_acked = seq;
    if (measuring) {
        uint64_t sent = sender->times[ref % RING];
        measured_acked++;
        histogram_add(&ack_latency, now > sent ? now - sent : 0);
    }
}

static void refill(struct client *client) {
    if (!sending || wish->rate > 0 || client->index >= wish->senders) return;
    struct sender *sender = &senders[client->index];
    while (sender->sent - sender->acked < (uint64_t)wish->window) send_one(client, monotonic_ns());
}

static void send_one(struct client *client, uint64_t due) {
    struct sender *sender = &senders[client->index];
    char frame[11000];
    int size = snprintf(frame, sizeof frame,
                        "{\"t\":\"do\",\"ref\":%llu,\"op\":\"chat.send\",\"nonce\":\"b%016llx-%d-%llu\","
                        "\"body\":{\"stream\":\"%s\",\"text\":\"%s\"}}",
                        (unsigned long long)sender->sent, (unsigned long long)due, client->index,
                        (unsigned long long)sender->sent, wish->stream, filler);
    sender->times[sender->sent % RING] = due;
    sender->sent++;
    client_put(client, frame, (size_t)size);
}

static int report(double seconds, double connected_s) {
    int64_t wrong = 0, incomplete = 0;
    for (int i = 0; i < net.count; i++) {
        const struct receiver *r = &receivers[i];
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
