#define _GNU_SOURCE
#include "histogram.h"
#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 120, PATIENCE_S = 60 };
enum { PUBLISH = 1, RECEIVE = 2, READ = 3, CONFIRM = 4 };

struct device {
    uint64_t had, acknowledged, asked; /* microseconds since 1970; since when the answer is awaited (monotonic) */
    int times, step;
    bool queued;
};

static const struct wish *wish;
static struct net net;
static struct device *devices;
static int *to_acknowledge, acknowledge_from, acknowledge_to; /* devices that have it and have not said so */
static struct histogram read_latency, confirm_latency;
static int64_t number, recipients = -1, at_ms, refused;
static int had, acknowledged, confirmed;
static uint64_t published_ns;
static char refusal[400];

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now);
static void on_done(struct client *client, const char *text, size_t size, uint64_t now);
static void ask(int index, int ref, const char *op, const char *body);
static bool publish(void);
static bool acknowledge_all(void);
static bool confirm_all(void);
static int report(double connected_s);

int notice(const struct wish *wished) {
    wish = wished;
    devices = calloc((size_t)wish->count, sizeof *devices);
    to_acknowledge = calloc((size_t)wish->count, sizeof *to_acknowledge);
    net.on_frame = on_frame;
    double connected_s = connect_all(&net, wish, CONNECT_S);
    if (connected_s < 0) return 1;
    net_rest(&net, wish->warm);
    say("{\"event\":\"publishing\"}");
    bool whole = publish() && acknowledge_all();
    say("{\"event\":\"acknowledged\"}");
    if (whole) {
        net_rest(&net, 1);
        say("{\"event\":\"measuring\"}");
        whole = confirm_all();
        say("{\"event\":\"measured\"}");
    }
    int failed = report(connected_s);
    return whole ? failed : 1;
}

static bool publish(void) {
    char frame[20000];
    int size = snprintf(frame, sizeof frame,
                        "{\"t\":\"do\",\"ref\":%d,\"op\":\"notices.publish\",\"nonce\":\"b%016llx\",\"body\":%s}", PUBLISH,
                        (unsigned long long)realtime_us(), wish->body);
    devices[0].asked = monotonic_ns();
    client_put(&net.clients[0], frame, (size_t)size);
    client_flush(&net, &net.clients[0]);
    return true;
}

/* Of the recipients those who are online; the publisher is one of them. */
static int64_t present(void) {
    return recipients < net.count ? recipients : net.count;
}

/* What waits to be read is read first: a device acknowledges after storing, and must not hold up its neighbours. */
static bool acknowledge_all(void) {
    uint64_t until = monotonic_ns() + (uint64_t)PATIENCE_S * 1000000000u;
    char body[100];
    while (!net.lost && !refused && monotonic_ns() < until) {
        if (recipients >= 0 && acknowledged >= present()) return true;
        bool waiting = acknowledge_from < acknowledge_to;
        if (net_turn(&net, waiting ? 0 : 10000000) > 0) continue;
        for (int i = 0; i < 64 && acknowledge_from < acknowledge_to; i++) {
            snprintf(body, sizeof body, "{\"notices\":[%lld],\"device_at\":%llu}", (long long)number,
                     (unsigned long long)(realtime_us() / 1000));
            ask(to_acknowledge[acknowledge_from++], RECEIVE, "notices.receive", body);
        }
    }
    return false;
}

static bool confirm_all(void) {
    uint64_t began = monotonic_ns(), until = began + (uint64_t)((wish->spread + PATIENCE_S) * 1e9);
    double gap = wish->spread * 1e9 / (acknowledge_to ? acknowledge_to : 1);
    char body[100];
    int next = 0;
    snprintf(body, sizeof body, "{\"notice\":%lld}", (long long)number);
    while (!net.lost && !refused && monotonic_ns() < until && confirmed < acknowledge_to) {
        uint64_t now = monotonic_ns();
        while (next < acknowledge_to && began + (uint64_t)(gap * next) <= now)
            ask(to_acknowledge[next++], READ, "notices.read", body);
        net_turn(&net, 2000000);
    }
    return confirmed == acknowledge_to;
}

static void ask(int index, int ref, const char *op, const char *body) {
    char frame[1000];
    int size = snprintf(frame, sizeof frame, "{\"t\":\"do\",\"ref\":%d,\"op\":\"%s\",\"body\":%s}", ref, op, body);
    devices[index].asked = monotonic_ns();
    client_put(&net.clients[index], frame, (size_t)size);
    client_flush(&net, &net.clients[index]);
}

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now) {
    struct device *device = &devices[client->index];
    if (size > 12 && memcmp(text, "{\"t\":\"error\"", 12) == 0) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%.*s", (int)size, text);
    } else if (size > 11 && memcmp(text, "{\"t\":\"done\"", 11) == 0) {
        on_done(client, text, size, now);
    } else if (size > 14 && memcmp(text, "{\"t\":\"entries\"", 14) == 0) {
        if (memmem(text, size, "\"kind\":\"notice.published\"", 25) == NULL) return;
        if (device->times++ > 0) return;
        device->had = realtime_us() - (monotonic_ns() - now) / 1000;
        number = number_after(text, size, "\"body\":{\"notice\":");
        at_ms = number_after(text, size, "\"at\":");
        had++;
        to_acknowledge[acknowledge_to++] = client->index;
    }
}

static void on_done(struct client *client, const char *text, size_t size, uint64_t now) {
    struct device *device = &devices[client->index];
    char body[100];
    switch (number_after(text, size, "\"ref\":")) {
    case PUBLISH:
        published_ns = now - device->asked;
        recipients = number_after(text, size, "\"recipients\":");
        break;
    case RECEIVE:
        device->acknowledged = realtime_us() - (monotonic_ns() - now) / 1000;
        acknowledged++;
        break;
    case READ:
        histogram_add(&read_latency, now - device->asked);
        snprintf(body, sizeof body, "{\"notice\":%lld}", (long long)number);
        ask(client->index, CONFIRM, "notices.confirm", body);
        break;
    case CONFIRM:
        histogram_add(&confirm_latency, now - device->asked);
        confirmed++;
    }
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int report(double connected_s) {
    uint64_t *times = calloc((size_t)net.count + 1, sizeof *times), last_acknowledged = 0;
    int count = 0, doubled = 0;
    for (int i = 0; i < net.count; i++) {
        if (devices[i].had) times[count++] = devices[i].had;
        if (devices[i].times > 1) doubled++;
        if (devices[i].acknowledged > last_acknowledged) last_acknowledged = devices[i].acknowledged;
    }
    qsort(times, (size_t)count, sizeof *times, by_size);
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    if (refused) fprintf(stderr, "refused: %s\n", refusal);
    say("{\"event\":\"result\",\"clients\":%d,\"connect_s\":%.3f,\"notice\":%lld,\"recipients\":%lld,\"at_ms\":%lld,"
        "\"published_ms\":%.3f,\"had\":%d,\"doubled\":%d,\"acknowledged\":%d,\"confirmed\":%d,\"refused\":%lld,"
        "\"lost_clients\":%d,\"first_had_us\":%llu,\"median_had_us\":%llu,\"last_had_us\":%llu,"
        "\"last_acknowledged_us\":%llu,\"read_p99_ms\":%.3f,\"confirm_p99_ms\":%.3f}",
        net.count, connected_s, (long long)number, (long long)recipients, (long long)at_ms, (double)published_ns / 1e6,
        had, doubled, acknowledged, confirmed, (long long)refused, net.lost, (unsigned long long)times[0],
        (unsigned long long)times[count / 2 < count ? count / 2 : 0],
        (unsigned long long)times[count ? count - 1 : 0], (unsigned long long)last_acknowledged,
        histogram_ms(&read_latency, .99), histogram_ms(&confirm_latency, .99));
    return net.lost || refused || doubled || had != present() || confirmed != present() ? 1 : 0;
}
