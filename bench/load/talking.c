#define _GNU_SOURCE
#include "talking.h"

#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char filler[10001];
static int text_size;

void talk_size(int size) {
    text_size = size < 10000 ? size : 10000;
    for (int i = 0; i < text_size; i++) filler[i] = "the shelf by the door is full again "[i % 36];
    if (text_size) filler[text_size - 1] = '.'; /* the server trims blanks */
}

const char *talk_text(void) {
    return filler;
}

struct talker *talkers(int count) {
    struct talker *made = calloc((size_t)count, sizeof *made);
    for (int i = 0; i < count; i++) made[i].times = calloc(TALK_RING, sizeof(uint64_t));
    return made;
}

void talk_send(struct client *client, struct talker *talker, const char *stream, uint64_t due) {
    char frame[11000];
    int size = snprintf(frame, sizeof frame,
                        "{\"t\":\"do\",\"ref\":%llu,\"op\":\"chat.send\",\"nonce\":\"b%016llx-%d-%llu\","
                        "\"body\":{\"stream\":\"%s\",\"text\":\"%s\"}}",
                        (unsigned long long)talker->sent, (unsigned long long)due, client->index,
                        (unsigned long long)talker->sent, stream, filler);
    talker->times[talker->sent % TALK_RING] = due;
    talker->sent++;
    client_put(client, frame, (size_t)size);
}

int64_t talk_done(struct talker *talker, const char *text, size_t size, uint64_t *sent) {
    int64_t ref = number_after(text, size, "\"ref\":"), seq = number_after(text, size, "\"seq\":");
    if (ref < 0 || seq < 0) return -1;
    talker->acked++;
    *sent = talker->times[ref % TALK_RING];
    return seq;
}

static uint64_t hexadecimal(const char *text) {
    uint64_t value = 0;
    for (int i = 0; i < 16; i++) value = value << 4 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10);
    return value;
}

/* Quotes inside a text are escaped, so the keys looked for can be nothing else. Each entry holds a text of the size we
   send, which is leapt over wherever it stands. */
void talk_hear(struct listener *listener, const char *text, size_t size, void (*heard)(void *, uint64_t), void *who) {
    static int text_first = -1;
    const char *end = text + size;
    for (const char *at; (at = memmem(text, (size_t)(end - text), "\"seq\":", 6)) != NULL;) {
        int64_t seq = 0;
        for (at += 6; *at >= '0' && *at <= '9'; at++) seq = seq * 10 + *at - '0';
        if (listener->first == 0) listener->first = seq;
        else if (seq != listener->last + 1) listener->wrong++;
        listener->last = seq;
        listener->got++;
        const char *after = at + text_size < end ? at + text_size : end, *from = text_first > 0 ? after : at;
        const char *nonce = memmem(from, (size_t)(end - from), "\"nonce\":\"b", 10);
        if (text_first < 0 && nonce != NULL) text_first = nonce > after;
        if (nonce != NULL) heard(who, hexadecimal(nonce + 10));
        text = nonce > after ? nonce : after;
    }
}
