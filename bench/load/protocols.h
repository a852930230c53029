/* What net.c has the two protocols do with the bytes that came; each answers how many it has used. */
#ifndef PROTOCOLS_H
#define PROTOCOLS_H
#include "net.h"

enum { READ_ROOM = 4 << 20 };

void upgrade_ask(struct net *net, struct client *client);
size_t upgrade_take(struct net *net, struct client *client, const char *data, size_t size);
size_t frames_take(struct net *net, struct client *client, const char *data, size_t size, uint64_t now);
size_t answers_take(struct net *net, struct client *client, const char *data, size_t size, uint64_t now);

/* The status of an HTTP head, and the number behind a header (its name in lower case with ": "), or -1. */
int head_status(const char *head, size_t size);
int64_t head_number(const char *head, size_t size, const char *name);

#endif
