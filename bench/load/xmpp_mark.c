#define _GNU_SOURCE
#include "xmpp.h"

#include <stdio.h>
#include <string.h>

static const char beginning[] = "~m";

static bool hexadecimal(const char *text, int digits, uint64_t *value) {
    *value = 0;
    for (int i = 0; i < digits; i++) {
        int digit = text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : text[i] >= 'a' && text[i] <= 'f' ? text[i] - 'a' + 10 : -1;
        if (digit < 0) return false;
        *value = *value << 4 | (uint64_t)digit;
    }
    return true;
}

void mark_write(char *to, int size, struct mark mark) {
    int written = sprintf(to, "%s%016llx%04x%08x", beginning, (unsigned long long)mark.due, mark.sender, mark.counter);
    for (; written < size; written++) to[written] = "the shelf by the door is full again "[written % 36];
    to[written] = 0;
}

bool mark_next(const char **at, const char *end, struct mark *mark) {
    const char *found;
    while ((found = memmem(*at, (size_t)(end - *at), beginning, 2)) != NULL && end - found >= MARK_SIZE) {
        uint64_t due, sender, counter;
        *at = found + 2;
        if (!hexadecimal(found + 2, 16, &due) || !hexadecimal(found + 18, 4, &sender) || !hexadecimal(found + 22, 8, &counter))
            continue;
        *at = found + MARK_SIZE;
        *mark = (struct mark){.due = due, .sender = (uint32_t)sender, .counter = (uint32_t)counter};
        return true;
    }
    /* A mark cut in two begins here, or its first character is the last one. */
    *at = found ? found : end > *at && end[-1] == beginning[0] ? end - 1 : end;
    return false;
}
