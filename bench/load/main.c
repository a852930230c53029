/* A load generator that speaks Dianmai's public protocol: loadgen MODE key=value…  (bin/bench builds and runs it) */
#define _GNU_SOURCE
#include "modes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    int (*run)(const struct wish *wish);
} modes[] = {{"fanout", fanout}, {"notice", notice}, {"pairs", pairs_talk}, {"idle", idle}, {"storm", storm}, {"post", post}};

void say(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    putchar('\n');
    fflush(stdout);
}

double connect_all(struct net *net, const struct wish *wish, double patience_s) {
    net_open(net, wish->host, wish->port, wish->tokens, wish->count);
    uint64_t began = monotonic_ns();
    if (!net_connect(net, wish->at_once, patience_s)) {
        fprintf(stderr, "%s\n", net->trouble);
        return -1;
    }
    double seconds = (double)(monotonic_ns() - began) / 1e9;
    say("{\"event\":\"connected\",\"clients\":%d,\"seconds\":%.3f}", net->ready, seconds);
    return seconds;
}

int64_t number_after(const char *text, size_t size, const char *key) {
    const char *found = memmem(text, size, key, strlen(key)), *end = text + size;
    int64_t number = 0;
    if (found == NULL) return -1;
    for (found += strlen(key); found < end && *found >= '0' && *found <= '9'; found++) number = number * 10 + *found - '0';
    return number;
}

static char **lines_of(const char *path, int *count) {
    FILE *file = fopen(path, "r");
    char **lines = NULL, *line = NULL;
    size_t room = 0;
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    for (*count = 0; getline(&line, &room, file) > 0; ++*count) {
        lines = realloc(lines, ((size_t)*count + 1) * sizeof *lines);
        line[strcspn(line, "\n")] = 0;
        lines[*count] = strdup(line);
    }
    free(line);
    fclose(file);
    return lines;
}

static void set(struct wish *wish, const char *key, const char *value) {
    if (!strcmp(key, "host")) wish->host = value;
    else if (!strcmp(key, "port")) wish->port = atoi(value);
    else if (!strcmp(key, "tokens")) wish->tokens = lines_of(value, &wish->count);
    else if (!strcmp(key, "lines")) wish->lines = lines_of(value, &wish->line_count);
    else if (!strcmp(key, "stream")) wish->stream = value;
    else if (!strcmp(key, "body")) { int one; wish->body = lines_of(value, &one)[0]; }
    else if (!strcmp(key, "senders")) wish->senders = atoi(value);
    else if (!strcmp(key, "window")) wish->window = atoi(value);
    else if (!strcmp(key, "size")) wish->size = atoi(value);
    else if (!strcmp(key, "at_once")) wish->at_once = atoi(value);
    else if (!strcmp(key, "rate")) wish->rate = atof(value);
    else if (!strcmp(key, "warm")) wish->warm = atof(value);
    else if (!strcmp(key, "seconds")) wish->seconds = atof(value);
    else if (!strcmp(key, "spread")) wish->spread = atof(value);
    else {
        fprintf(stderr, "unknown: %s\n", key);
        exit(2);
    }
}

int main(int count, char **words) {
    struct wish wish = {.host = "127.0.0.1", .stream = "chat:1", .senders = 4, .window = 4, .size = 200, .at_once = 32,
                        .warm = 2, .seconds = 6, .spread = 60};
    struct rlimit limit;
    for (int i = 2; i < count; i++) {
        char *value = strchr(words[i], '=');
        if (value == NULL) break;
        *value++ = 0;
        set(&wish, words[i], value);
    }
    if (count < 2 || wish.tokens == NULL || wish.port == 0) {
        fprintf(stderr, "usage: loadgen MODE port=… tokens=FILE key=value…\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (strncmp(words[1], "xmpp_", 5) == 0) return xmpp(&wish, words[1] + 5);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(words[1], modes[i].name) == 0) return modes[i].run(&wish);
    fprintf(stderr, "no such mode: %s\n", words[1]);
    return 2;
}
