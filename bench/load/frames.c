/* WebSocket as a client: upgrading with a token, saying hello, masking, taking frames apart. */
#define _GNU_SOURCE
#include "protocols.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

static void take_frame(struct net *net, struct client *c, int opcode, const char *body, size_t size, uint64_t now);
static void put_frame(struct client *client, int opcode, const char *body, size_t size);

void upgrade_ask(struct net *net, struct client *client) {
    char request[1000];
    int length = snprintf(
        request, sizeof request,
        "GET /socket HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZGlhbm1haS1iZW5jaC1rZQ==\r\nAuthorization: Bearer %s\r\n\r\n",
        net->host, net->port, net->tokens[client->index]);
    client->stage = UPGRADING;
    client_queue(client, request, (size_t)length);
    client_flush(net, client);
}

size_t upgrade_take(struct net *net, struct client *client, const char *data, size_t size) {
    static const char hello[] = "{\"t\":\"hello\",\"version\":1}";
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12) != 0) {
        char answer[400];
        int status = head_status(data, size), seconds = (int)head_number(data, size, "retry-after: ");
        if (net->on_refused && net->on_refused(client, status, seconds)) {
            close(client->fd);
            client->stage = UNUSED;
            return size;
        }
        snprintf(answer, sizeof answer, "no upgrade: %.*s", (int)(size < 380 ? size : 380), data);
        client_lose(net, client, answer);
        return 0;
    }
    client->stage = WELCOMING;
    client_put(client, hello, sizeof hello - 1);
    client_flush(net, client);
    return (size_t)(end - data) + 4;
}

size_t frames_take(struct net *net, struct client *client, const char *data, size_t size, uint64_t now) {
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
        client_ready(net, c, now);
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
    client_queue(client, head, length + 4);
    client_queue(client, body, size);
    uint8_t *masked = (uint8_t *)client->out + client->out_size - size;
    for (size_t i = 0; i < size; i++) masked[i] ^= client->mask[i & 3];
}
