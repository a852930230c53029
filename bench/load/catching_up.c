#define _GNU_SOURCE
#include "catching_up.h"

#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cursor *cursor_of(struct missed *missed, const char *name, size_t size);
static void take_entries(struct missed *missed, const char *from, const char *end);

void missed_open(struct missed *missed, const char *line) {
    int used = 0, step;
    long long expected, seq;
    if (sscanf(line, "%lld%n", &expected, &used) != 1) exit(2);
    missed->expected = expected;
    for (const char *at = line + used; missed->count < MOST_STREAMS; at += step) {
        struct cursor *cursor = &missed->cursors[missed->count];
        if (sscanf(at, " %39s %lld%n", cursor->stream, &seq, &step) != 2) break;
        cursor->seq = cursor->head = seq;
        missed->count++;
    }
}

size_t missed_ask(const struct missed *missed, char *body, size_t room) {
    size_t size = (size_t)snprintf(body, room, "{\"known\":{");
    for (int i = 0; i < missed->count; i++)
        size += (size_t)snprintf(body + size, room - size, "%s\"%s\":%lld", i ? "," : "", missed->cursors[i].stream,
                                 (long long)missed->cursors[i].seq);
    return size + (size_t)snprintf(body + size, room - size, "}}");
}

/* Every list of the answer is looked at: where streams stand, what is missing, and that nothing starts over. */
int missed_take(struct missed *missed, const char *body, size_t size) {
    const char *end = body + size;
    const char *entries = memmem(body, size, "\"entries\":[", 11);
    const char *over = memmem(body, size, "\"start_over\":[", 14);
    if (entries == NULL || over == NULL || over < entries || over[14] != ']') {
        missed->wrong++;
        return 0;
    }
    for (const char *at = body; (at = memmem(at, (size_t)(entries - at), "{\"stream\":\"", 11)) != NULL;) {
        const char *name = at + 11, *stop = memchr(name, '"', (size_t)(entries - name));
        struct cursor *cursor = cursor_of(missed, name, (size_t)(stop - name));
        if (cursor != NULL) cursor->head = number_after(stop, (size_t)(entries - stop), "\"head\":");
        at = stop;
    }
    take_entries(missed, entries, over);
    if (memmem(over, (size_t)(end - over), "\"more\":true", 11) != NULL) return 1;
    for (int i = 0; i < missed->count; i++)
        if (missed->cursors[i].seq != missed->cursors[i].head) missed->wrong++;
    return 0;
}

static void take_entries(struct missed *missed, const char *from, const char *end) {
    while ((from = memmem(from, (size_t)(end - from), "{\"stream\":\"", 11)) != NULL) {
        const char *name = from + 11, *stop = memchr(name, '"', (size_t)(end - name));
        struct cursor *cursor = cursor_of(missed, name, (size_t)(stop - name));
        int64_t seq = number_after(stop, (size_t)(end - stop), "\"seq\":");
        if (cursor == NULL || seq != cursor->seq + 1) missed->wrong++;
        else cursor->seq = seq;
        missed->got++;
        from = stop;
    }
}

int64_t missed_head(const struct missed *missed, const char *stream) {
    struct cursor *cursor = cursor_of((struct missed *)missed, stream, strlen(stream));
    return cursor != NULL ? cursor->head : -1;
}

static struct cursor *cursor_of(struct missed *missed, const char *name, size_t size) {
    for (int i = 0; i < missed->count; i++) {
        struct cursor *cursor = &missed->cursors[i];
        if (strlen(cursor->stream) == size && memcmp(cursor->stream, name, size) == 0) return cursor;
    }
    return NULL;
}
