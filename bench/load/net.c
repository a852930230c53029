#define _GNU_SOURCE
#include "net.h"

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

enum { READ_ROOM = 4 << 20, EVENTS = 256 };
enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

static char room[READ_ROOM];

static void on_event(struct net *net, struct client *client, uint32_t events);
static void read_some(struct net *net, struct client *client);
static size_t take_upgrade(struct net *net, struct client *client, const char *data, size_t size);
static size_t take_frames(struct net *net, struct client *client, const char *data, size_t size, uint64_t now);
static void take_frame(struct net *net, struct client *c, int opcode, const char *body, size_t size, uint64_t now);
static void put_frame(struct client *client, int opcode, const char *body, size_t size);
static void queue(struct client *client, const void *data, size_t size);
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

static void start(struct net *net, struct client *client) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)net->port)};
    int yes = 1;
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
        while (net->started < net->count && net->started - net->ready < at_once) {
            struct client *client = &net->clients[net->started];
            client->index = net->started++;
            for (int i = 0; i < 4; i++) client->mask[i] = (uint8_t)random();
            start(net, client);
        }
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
        char request[1000];
        int length = snprintf(
            request, sizeof request,
            "GET /socket HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZGlhbm1haS1iZW5jaC1rZQ==\r\nAuthorization: Bearer %s\r\n\r\n",
            net->host, net->port, net->tokens[client->index]);
        client->stage = UPGRADING;
        queue(client, request, (size_t)length);
        client_flush(net, client);
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
    size_t used = client->stage == UPGRADING ? take_upgrade(net, client, room, size) : 0;
    if (client->stage == WELCOMING || client->stage == READY)
        used += take_frames(net, client, room + used, size - used, now);
    if (client->stage == LOST) return;
    if (size - used != client->kept_size) client->kept = realloc(client->kept, size - used + 1);
    client->kept_size = size - used;
    memcpy(client->kept, room + used, client->kept_size);
    if (client->stage == READY && net->on_read) net->on_read(client);
    if (client->stage == READY && client->out_size && !client->blocked) client_flush(net, client);
}

static size_t take_upgrade(struct net *net, struct client *client, const char *data, size_t size) {
    static const char hello[] = "{\"t\":\"hello\",\"version\":1}";
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12) != 0) {
        char answer[400];
        snprintf(answer, sizeof answer, "no upgrade: %.*s", (int)(size < 380 ? size : 380), data);
        client_lose(net, client, answer);
        return 0;
    }
    client->stage = WELCOMING;
    client_put(client, hello, sizeof hello - 1);
    client_flush(net, client);
    return (size_t)(end - data) + 4;
}

static size_t take_frames(struct net *net, struct client *client, const char *data, size_t size, uint64_t now) {
    size_t used = 0;
    while (size - used >= 2 && client->stage != LOST) {
        const uint8_t *head = (const uint8_t *)data + used;
        size_t length = head[1] & 127, skip = 2;
        if (length == 126) {
            if (size - used < 4) break;
            length = (size_t)head[2] << 8 | head[3];
            skip = 4;
        } else if (length == 127) {
            if (size - used < 10) break;
            length = 0;
            for (int i = 2; i < 10; i++) length = length << 8 | head[i];
            skip = 10;
        }
        if (head[1] & 128 || (head[0] & 0xf0) != 0x80 || length > READ_ROOM / 2) {
            client_lose(net, client, "a masked, split, marked or endless frame");
            break;
        }
        if (size - used < skip + length) break;
        take_frame(net, client, head[0] & 15, data + used + skip, length, now);
        used += skip + length;
    }
    return used;
}

static void take_frame(struct net *net, struct client *c, int opcode, const char *body, size_t size, uint64_t now) {
    static const char welcome[] = "{\"t\":\"welcome\"";
    if (opcode == TEXT && c->stage == READY) {
        net->on_frame(c, body, size, now);
    } else if (opcode == TEXT && size > sizeof welcome && memcmp(body, welcome, sizeof welcome - 1) == 0) {
        c->stage = READY;
        net->ready++;
    } else if (opcode == PING) {
        put_frame(c, PONG, body, size);
        client_flush(net, c);
    } else if (opcode == TEXT || opcode == CLOSE) {
        char why[500];
        int code = opcode == CLOSE && size >= 2 ? (uint8_t)body[0] << 8 | (uint8_t)body[1] : 0;
        int shown = (int)(size < 400 ? size : 400) - (code ? 2 : 0);
        snprintf(why, sizeof why, "%s %d %.*s", code ? "closed" : "instead of welcome", code, shown, body + (code ? 2 : 0));
        client_lose(net, c, why);
    }
}

void client_put(struct client *client, const char *text, size_t size) {
    put_frame(client, TEXT, text, size);
}

static void put_frame(struct client *client, int opcode, const char *body, size_t size) {
    uint8_t head[14] = {(uint8_t)(0x80 | opcode)};
    size_t length = 2;
    if (size < 126) {
        head[1] = (uint8_t)(0x80 | size);
    } else {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(size >> 8);
        head[3] = (uint8_t)size;
        length = 4;
    }
    memcpy(head + length, client->mask, 4);
    queue(client, head, length + 4);
    queue(client, body, size);
    uint8_t *masked = (uint8_t *)client->out + client->out_size - size;
    for (size_t i = 0; i < size; i++) masked[i] ^= client->mask[i & 3];
}

static void queue(struct client *client, const void *data, size_t size) {
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

void client_lose(struct net *net, struct client *client, const char *why) {
    if (client->stage == LOST) return;
    if (net->lost++ == 0) snprintf(net->trouble, sizeof net->trouble, "client %d: %s", client->index, why);
    client->stage = LOST;
    if (client->fd >= 0) close(client->fd);
}
