/* Messages of the chat as a load: writing them, recognising their answers, finding them among what is delivered. */
#ifndef TALKING_H
#define TALKING_H
#include "net.h"

enum { TALK_RING = 1 << 16 };

/* What one socket has said; `times` of its last messages, by ref. */
struct talker {
    uint64_t sent, acked, *times;
};

/* What one socket has heard of one stream. `wrong`: entries that did not follow the one before. */
struct listener {
    int64_t first, last, got, wrong;
};

/* Messages hold a text of `size` bytes from now on. */
void talk_size(int size);
const char *talk_text(void);
struct talker *talkers(int count);

/* Queues a message; its nonce carries `due`, from which its delay is counted. */
void talk_send(struct client *client, struct talker *talker, const char *stream, uint64_t due);

/* The seq in the answer to a message and when the message was sent; -1 when this is no such answer. */
int64_t talk_done(struct talker *talker, const char *text, size_t size, uint64_t *sent);

/* Follows the entries of a frame; `heard` is called for each message of ours with the time in its nonce. */
void talk_hear(struct listener *listener, const char *text, size_t size, void (*heard)(void *who, uint64_t sent), void *who);

#endif
