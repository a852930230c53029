#define _GNU_SOURCE
#include "histogram.h"
#include "xmpp.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_S = 120 };

static struct xmpp net;
static struct histogram latency;
static int64_t messages, wrong, fewest = INT64_MAX, most;

static void on_caught_up(struct peer *peer, const char *text, size_t size, uint64_t now);
static size_t forget(struct peer *peer, const char *text, size_t size, uint64_t now);

/* Every client signs in as fast as it goes and fetches what it missed from its archive. */
int xmpp_resume(const struct wish *wish) {
    net = (struct xmpp){.wish = wish, .last = FETCH_ARCHIVE, .on_ready = on_caught_up, .on_text = forget};
    say("{\"event\":\"measuring\"}");
    double seconds = xmpp_connect_all(&net, CONNECT_S);
    say("{\"event\":\"measured\"}");
    if (seconds < 0) return 1;
    say("{\"event\":\"result\",\"clients\":%d,\"seconds\":%.3f,\"messages\":%lld,\"out_of_order\":%lld,\"fewest\":%lld,"
        "\"most\":%lld,\"caught_up_p50_ms\":%.3f,\"caught_up_p99_ms\":%.3f}",
        net.ready, seconds, (long long)messages, (long long)wrong, (long long)fewest, (long long)most,
        histogram_ms(&latency, .5), histogram_ms(&latency, .99));
    return wrong ? 1 : 0;
}

static void on_caught_up(struct peer *peer, const char *text, size_t size, uint64_t now) {
    const char *at = text;
    int64_t got = 0, last = 0;
    for (struct mark mark; mark_next(&at, text + size, &mark); got++) {
        if (got && mark.counter != last + 1) wrong++;
        last = mark.counter;
    }
    messages += got;
    if (got < fewest) fewest = got;
    if (got > most) most = got;
    histogram_add(&latency, now - peer->began);
}

/* Every client signs in and stays, for `seconds`. */
int xmpp_idle(const struct wish *wish) {
    net = (struct xmpp){.wish = wish, .last = PING_ONLY, .on_text = forget};
    double connected_s = xmpp_connect_all(&net, CONNECT_S);
    if (connected_s < 0) return 1;
    say("{\"event\":\"measuring\"}");
    xmpp_rest(&net, wish->seconds);
    say("{\"event\":\"measured\"}");
    xmpp_rest(&net, 0.5); /* whoever runs us looks at the server's memory while everybody is still there */
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    say("{\"event\":\"result\",\"clients\":%d,\"connect_s\":%.3f,\"seconds\":%.3f,\"lost_clients\":%d}",
        net.ready, connected_s, wish->seconds, net.lost);
    return net.lost ? 1 : 0;
}

static size_t forget(struct peer *peer, const char *text, size_t size, uint64_t now) {
    (void)peer, (void)text, (void)now;
    return size;
}
