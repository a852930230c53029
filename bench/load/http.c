/* HTTP as a client: one request at a time on a kept connection, answers by their length. */
#define _GNU_SOURCE
#include "protocols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void client_ask(struct net *net, struct client *client, const char *op, const char *nonce, const char *body, size_t size) {
    char head[1000];
    int length = snprintf(head, sizeof head,
                          "POST /api/%s HTTP/1.1\r\nHost: %s:%d\r\nAuthorization: Bearer %s\r\nX-Dianmai: 1\r\n"
                          "Accept-Language: zh-CN\r\nAccept-Encoding: gzip, deflate, br\r\n"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\n%s%s%s\r\n",
                          op, net->host, net->port, net->tokens[client->index], size, nonce ? "X-Dianmai-Nonce: " : "",
                          nonce ? nonce : "", nonce ? "\r\n" : "");
    client_queue(client, head, (size_t)length);
    client_queue(client, body, size);
    client_flush(net, client);
}

size_t answers_take(struct net *net, struct client *client, const char *data, size_t size, uint64_t now) {
    size_t used = 0;
    while (client->stage == READY) {
        const char *begin = data + used, *end = memmem(begin, size - used, "\r\n\r\n", 4);
        if (end == NULL) break;
        size_t head = (size_t)(end - begin) + 4;
        int64_t length = head_number(begin, head, "content-length: ");
        if (length < 0 || length > READ_ROOM / 2 || memmem(begin, head, "content-encoding:", 17) != NULL) {
            client_lose(net, client, "an answer that is packed, endless or of no length");
            break;
        }
        if (size - used < head + (size_t)length) break;
        used += head + (size_t)length;
        net->on_answer(client, head_status(begin, head), begin + head, (size_t)length, now);
    }
    return used;
}

int head_status(const char *head, size_t size) {
    return size > 12 ? atoi(head + 9) : 0;
}

int64_t head_number(const char *head, size_t size, const char *name) {
    const char *end = memmem(head, size, "\r\n\r\n", 4), *line = head;
    while (end != NULL && (line = memmem(line, (size_t)(end - line), "\r\n", 2)) != NULL) {
        line += 2;
        if (strncasecmp(line, name, strlen(name)) == 0) return atoll(line + strlen(name));
    }
    return -1;
}
