#define _GNU_SOURCE
#include "histogram.h"
#include "xmpp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 60, SILENCE_S = 5 };

/* Fan-out: the first `senders` clients write to a room in which all are. Pairs: each even client writes to the next one. */
static const struct wish *wish;
static struct xmpp net;
static bool pairs, sending, measuring;
static int senders, hearing; /* how many hear one message */
static uint32_t *sent, *acked, *last; /* by sender, by sender, by receiver and sender */
static int64_t deliveries, wrong, measured_acked, measured_deliveries;
static struct histogram ack_latency, delivery_latency;

static size_t on_text(struct peer *peer, const char *text, size_t size, uint64_t now);
static void on_message(struct peer *receiver, struct mark mark, uint64_t now);
static void run(void);
static void drain(void);
static void refill(int sender);
static void send_one(int sender, uint64_t due);
static struct peer *writer(int sender);
static uint32_t *last_of(int receiver, int sender);
static int report(double connected_s);

int xmpp_chat(const struct wish *wished, bool in_pairs) {
    wish = wished;
    pairs = in_pairs;
    senders = pairs ? wish->count / 2 : wish->senders;
    hearing = pairs ? 1 : wish->count;
    sent = calloc((size_t)senders, sizeof *sent);
    acked = calloc((size_t)senders, sizeof *acked);
    last = calloc((size_t)wish->count * (size_t)(pairs ? 1 : senders), sizeof *last);
    net = (struct xmpp){.wish = wish, .last = pairs ? PING_ONLY : JOIN_ROOM, .on_text = on_text};
    double connected_s = xmpp_connect_all(&net, CONNECT_S);
    if (connected_s < 0) return 1;
    xmpp_rest(&net, 0.5);
    run();
    drain();
    return report(connected_s);
}

static void run(void) {
    uint64_t began = monotonic_ns(), measure = began + (uint64_t)(wish->warm * 1e9), end = 0, turn = 0;
    double gap = wish->rate > 0 ? 1e9 / wish->rate : 0, due = (double)began;
    sending = true;
    for (int i = 0; gap == 0 && i < senders; i++) refill(i);
    while (!net.lost) {
        uint64_t now = monotonic_ns();
        if (!measuring && now >= measure) {
            measuring = true;
            say("{\"event\":\"measuring\"}");
            end = monotonic_ns() + (uint64_t)(wish->seconds * 1e9);
        } else if (measuring && now >= end) {
            break;
        }
        for (; gap > 0 && due <= (double)now; due += gap) {
            int sender = (int)(turn++ % (uint64_t)senders);
            send_one(sender, (uint64_t)due);
            peer_flush(&net, writer(sender));
        }
        xmpp_turn(&net, gap > 0 && due - (double)now < 5e6 ? (int64_t)(due - (double)now) + 1 : 5000000);
    }
    say("{\"event\":\"measured\"}");
    sending = measuring = false;
}

static int64_t sent_in_all(void) {
    int64_t sum = 0;
    for (int i = 0; i < senders; i++) sum += sent[i];
    return sum;
}

/* Until all have everything, or nothing has come for so long that nothing will. */
static void drain(void) {
    uint64_t since = monotonic_ns();
    for (int64_t before = deliveries; !net.lost && deliveries < sent_in_all() * hearing; before = deliveries) {
        xmpp_turn(&net, 10000000);
        if (deliveries > before) since = monotonic_ns();
        else if (monotonic_ns() - since > SILENCE_S * 1000000000ull) break;
    }
    xmpp_rest(&net, 0.2); /* too many? */
}

static size_t on_text(struct peer *peer, const char *text, size_t size, uint64_t now) {
    const char *at = text;
    for (struct mark mark; mark_next(&at, text + size, &mark);) on_message(peer, mark, now);
    int sender = pairs ? peer->index / 2 : peer->index;
    if (sending && wish->rate == 0 && sender < senders) refill(sender);
    return (size_t)(at - text);
}

static void on_message(struct peer *receiver, struct mark mark, uint64_t now) {
    int sender = (int)mark.sender;
    if (sender >= senders || (pairs && receiver->index != 2 * sender + 1)) {
        wrong++; /* a message that came back to its writer is one of these */
        return;
    }
    uint32_t *known = last_of(receiver->index, sender);
    if (mark.counter != *known + 1) wrong++;
    *known = mark.counter;
    deliveries++;
    uint64_t took = now > mark.due ? now - mark.due : 0;
    if (measuring) {
        measured_deliveries++;
        histogram_add(&delivery_latency, took);
    }
    /* In a room the writer gets its own message back. To one person nothing does: there the receiver's copy counts. */
    if (!pairs && receiver->index != sender) return;
    acked[sender]++;
    if (measuring) {
        measured_acked++;
        histogram_add(&ack_latency, took);
    }
}

static void refill(int sender) {
    while (sent[sender] - acked[sender] < (uint32_t)wish->window) send_one(sender, monotonic_ns());
    peer_flush(&net, writer(sender));
}

static void send_one(int sender, uint64_t due) {
    char body[10001], stanza[11000], to[100];
    mark_write(body, wish->size, (struct mark){.due = due, .sender = (uint32_t)sender, .counter = ++sent[sender]});
    const char *reader = pairs ? wish->tokens[2 * sender + 1] : "";
    snprintf(to, sizeof to, "%.*s@localhost/bench", (int)strcspn(reader, " "), reader);
    int size = snprintf(stanza, sizeof stanza, "<message type='%s' to='%s' id='%d-%u'><body>%s</body></message>",
                        pairs ? "chat" : "groupchat", pairs ? to : wish->stream, sender, sent[sender], body);
    peer_put(writer(sender), stanza, (size_t)size);
}

static struct peer *writer(int sender) {
    return &net.peers[pairs ? 2 * sender : sender];
}

static uint32_t *last_of(int receiver, int sender) {
    return &last[pairs ? receiver : receiver * senders + sender];
}

static int report(double connected_s) {
    int64_t incomplete = 0, acknowledged = 0;
    for (int sender = 0; sender < senders; sender++) {
        acknowledged += acked[sender];
        if (pairs) incomplete += *last_of(2 * sender + 1, sender) != sent[sender];
        for (int i = 0; !pairs && i < wish->count; i++) incomplete += *last_of(i, sender) != sent[sender];
    }
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    say("{\"event\":\"result\",\"clients\":%d,\"connect_s\":%.3f,\"seconds\":%.3f,\"sent\":%lld,\"acked\":%lld,"
        "\"lost_clients\":%d,\"deliveries\":%lld,\"out_of_order\":%lld,\"incomplete_receivers\":%lld,"
        "\"measured_acked\":%lld,\"measured_deliveries\":%lld,\"ack_p50_ms\":%.3f,\"ack_p99_ms\":%.3f,\"ack_max_ms\":%.3f,"
        "\"delivery_p50_ms\":%.3f,\"delivery_p99_ms\":%.3f,\"delivery_max_ms\":%.3f}",
        wish->count, connected_s, wish->seconds, (long long)sent_in_all(), (long long)acknowledged, net.lost,
        (long long)deliveries, (long long)wrong, (long long)incomplete, (long long)measured_acked,
        (long long)measured_deliveries, histogram_ms(&ack_latency, .5), histogram_ms(&ack_latency, .99),
        histogram_ms(&ack_latency, 1), histogram_ms(&delivery_latency, .5), histogram_ms(&delivery_latency, .99),
        histogram_ms(&delivery_latency, 1));
    return net.lost || wrong || incomplete || acknowledged != sent_in_all() ? 1 : 0;
}
