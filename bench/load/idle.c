/* Clients that are there and say nothing. They answer the server's pings, as every browser does. */
#include "modes.h"

#include <stdio.h>

enum { CONNECT_S = 120 };

static struct net net;

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now) {
    (void)client, (void)text, (void)size, (void)now;
}

int idle(const struct wish *wish) {
    net.on_frame = on_frame;
    double connected_s = connect_all(&net, wish, CONNECT_S);
    if (connected_s < 0) return 1;
    net_rest(&net, wish->warm);
    say("{\"event\":\"measuring\"}");
    net_rest(&net, wish->seconds);
    say("{\"event\":\"measured\"}");
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    say("{\"event\":\"result\",\"clients\":%d,\"connect_s\":%.3f,\"lost_clients\":%d}", net.ready, connected_s, net.lost);
    return net.lost ? 1 : 0;
}
