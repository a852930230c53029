#define _GNU_SOURCE
#include "protocols.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256 };

static char room[READ_ROOM];

static void on_event(struct net *net, struct client *client, uint32_t events);
static void read_some(struct net *net, struct client *client);
static void watch(struct net *net, struct client *client, bool writing);

uint64_t monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t realtime_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000;
}

void net_open(struct net *net, const char *host, int port, char **tokens, int count) {
    net->host = host;
    net->port = port;
    net->tokens = tokens;
    net->count = count;
    net->epoll = epoll_create1(0);
    net->clients = calloc((size_t)count, sizeof *net->clients);
    if (net->epoll < 0 || net->clients == NULL) {
        perror("open");
        exit(1);
    }
}

void net_start(struct net *net, int index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)net->port)};
    struct client *client = &net->clients[index];
    int yes = 1;
    client->index = index;
    for (int i = 0; i < 4; i++) client->mask[i] = (uint8_t)random();
    client->stage = CONNECTING;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, net->host, &address.sin_addr);
    if (client->fd < 0 || (connect(client->fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS)) {
        client_lose(net, client, strerror(errno));
        return;
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = client};
    epoll_ctl(net->epoll, EPOLL_CTL_ADD, client->fd, &event);
    client->blocked = true;
}

bool net_connect(struct net *net, int at_once, double patience_s) {
    uint64_t until = monotonic_ns() + (uint64_t)(patience_s * 1e9);
    while (net->ready < net->count && net->lost == 0) {
        while (net->started < net->count && net->started - net->ready < at_once) net_start(net, net->started++);
        net_turn(net, 100000000);
        if (monotonic_ns() > until) {
            snprintf(net->trouble, sizeof net->trouble, "only %d of %d connected in time", net->ready, net->count);
            return false;
        }
    }
    return net->lost == 0;
}

void net_rest(struct net *net, double seconds) {
    uint64_t began = monotonic_ns();
    while (monotonic_ns() - began < (uint64_t)(seconds * 1e9)) net_turn(net, 50000000);
}

int net_turn(struct net *net, int64_t wait_ns) {
    struct epoll_event events[EVENTS];
    struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
    int count = epoll_pwait2(net->epoll, events, EVENTS, &wait, NULL);
    for (int i = 0; i < count; i++) on_event(net, events[i].data.ptr, events[i].events);
    return count;
}

static void on_event(struct net *net, struct client *client, uint32_t events) {
    if (client->stage == CONNECTING && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error) {
            client_lose(net, client, strerror(error));
            return;
        }
        if (client->http) client_ready(net, client, monotonic_ns());
        else upgrade_ask(net, client);
    } else if (events & EPOLLOUT) {
        client_flush(net, client);
    }
    if (client->stage != LOST && events & (EPOLLIN | EPOLLERR | EPOLLHUP)) read_some(net, client);
}

static void read_some(struct net *net, struct client *client) {
    size_t size = client->kept_size;
    if (size) memcpy(room, client->kept, size);
    ssize_t got = recv(client->fd, room + size, READ_ROOM - size, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) client_lose(net, client, got ? strerror(errno) : "the server hung up");
        return;
    }
    uint64_t now = monotonic_ns();
    size += (size_t)got;
    size_t used = client->stage == UPGRADING ? upgrade_take(net, client, room, size) : 0;
    if (client->http) used = answers_take(net, client, room, size, now);
    else if (client->stage == WELCOMING || client->stage == READY)
        used += frames_take(net, client, room + used, size - used, now);
    if (client->stage == LOST) return;
    if (size - used != client->kept_size) client->kept = realloc(client->kept, size - used + 1);
    client->kept_size = size - used;
    memcpy(client->kept, room + used, client->kept_size);
    if (client->stage == READY && net->on_read) net->on_read(client);
    if (client->stage == READY && client->out_size && !client->blocked) client_flush(net, client);
}

void client_queue(struct client *client, const void *data, size_t size) {
    if (client->out_size + size > client->out_room) {
        client->out_room = 2 * (client->out_size + size);
        client->out = realloc(client->out, client->out_room);
    }
    memcpy(client->out + client->out_size, data, size);
    client->out_size += size;
}

void client_flush(struct net *net, struct client *client) {
    size_t done = 0;
    while (done < client->out_size) {
        ssize_t sent = send(client->fd, client->out + done, client->out_size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) {
            client_lose(net, client, strerror(errno));
            return;
        }
        done += (size_t)sent;
    }
    memmove(client->out, client->out + done, client->out_size - done);
    client->out_size -= done;
    watch(net, client, client->out_size > 0);
    if (client->out_size == 0 && client->out_room > 4096) {
        free(client->out);
        client->out = NULL;
        client->out_room = 0;
    }
}

static void watch(struct net *net, struct client *client, bool writing) {
    if (client->blocked == writing) return;
    client->blocked = writing;
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = client};
    epoll_ctl(net->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

void client_ready(struct net *net, struct client *client, uint64_t now) {
    client->stage = READY;
    net->ready++;
    if (net->on_ready) net->on_ready(client, now);
}

void client_lose(struct net *net, struct client *client, const char *why) {
    if (client->stage == LOST) return;
    if (net->lost++ == 0) snprintf(net->trouble, sizeof net->trouble, "client %d: %s", client->index, why);
    client->stage = LOST;
    if (client->fd >= 0) close(client->fd);
}
