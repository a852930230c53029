/* What one session lacks: the cursors it shows, and whether the answers continue every stream without a hole. */
#ifndef CATCHING_UP_H
#define CATCHING_UP_H
#include <stddef.h>
#include <stdint.h>

enum { MOST_STREAMS = 64 };

struct cursor {
    char stream[40];
    int64_t seq, head; /* the last seq it has; where the stream stands, by the server's word */
};

struct missed {
    int64_t expected, got, wrong;
    int count;
    struct cursor cursors[MOST_STREAMS];
};

/* Reads a line: the number of entries that are missing, then name and cursor of each stream, all parted by blanks. */
void missed_open(struct missed *missed, const char *line);

/* Writes the question; its size. */
size_t missed_ask(const struct missed *missed, char *body, size_t room);

/* Takes an answer and moves the cursors; 1 when there is more to ask for. */
int missed_take(struct missed *missed, const char *body, size_t size);

/* Where a stream stands; -1 when it is not among the session's. */
int64_t missed_head(const struct missed *missed, const char *stream);

#endif
