/* Everybody comes back: a socket by token, hello, then what was missed, asked as the web client asks it (`sync.catch_up`
   over HTTP until there is no more, then `notices.list` over the socket). `lines` hold, for each client, how many entries
   it lacks and the cursors it has. At the end one message is heard by all. */
#define _GNU_SOURCE
#include "histogram.h"
#include "modes.h"
#include "talking.h"

#include "catching_up.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_S = 120, ONCE_MORE_NS = 500000000 };

struct session {
    uint64_t due, began, done; /* when it is to come back, when it did, when it was level */
    uint64_t again;            /* sent away: when it tries again */
    struct missed missed;
    bool listed;               /* its notices have come: the last thing the client asks */
};

static const struct wish *wish;
static struct net net;
static struct session *sessions;
static struct listener *listeners;
static struct histogram caught_up;
static int64_t level, listed, refused, sent_away, heard;
static char field[100], refusal[400];
static uint64_t first_began, last_done;

static void come_back(void);
static bool begin_due(uint64_t now);
static void on_ready(struct client *client, uint64_t now);
static bool on_refused(struct client *client, int status, int retry_after_s);
static void on_answer(struct client *client, int status, const char *body, size_t size, uint64_t now);
static void on_frame(struct client *client, const char *text, size_t size, uint64_t now);
static void ask_missed(struct client *client);
static void one_for_all(void);
static int report(void);

int storm(const struct wish *wished) {
    wish = wished;
    int count = wish->count;
    sessions = calloc((size_t)count, sizeof *sessions);
    listeners = calloc((size_t)count, sizeof *listeners);
    char **tokens = calloc(2 * (size_t)count, sizeof *tokens);
    for (int i = 0; i < 2 * count; i++) tokens[i] = wish->tokens[i % count];
    if (wish->line_count != count) {
        fprintf(stderr, "%d cursors for %d tokens\n", wish->line_count, count);
        return 2;
    }
    for (int i = 0; i < count; i++) missed_open(&sessions[i].missed, wish->lines[i]);
    talk_size(wish->size);
    snprintf(field, sizeof field, "\"stream\":\"%s\"", wish->stream);
    net_open(&net, wish->host, wish->port, tokens, 2 * count); /* each socket's HTTP connection is `count` behind it */
    for (int i = count; i < 2 * count; i++) net.clients[i].http = true;
    net.on_ready = on_ready;
    net.on_refused = on_refused;
    net.on_answer = on_answer;
    net.on_frame = on_frame;
    say("{\"event\":\"measuring\"}");
    come_back();
    say("{\"event\":\"measured\"}");
    one_for_all();
    return report();
}

static void come_back(void) {
    uint64_t began = monotonic_ns(), until = began + (uint64_t)((wish->spread + PATIENCE_S) * 1e9);
    for (int i = 0; i < wish->count; i++) sessions[i].due = began + (uint64_t)((double)random() / RAND_MAX * wish->spread * 1e9);
    while (listed < wish->count && !net.lost && !refused) {
        uint64_t now = monotonic_ns();
        if (now > until) break;
        net_turn(&net, begin_due(now) ? 0 : 2000000);
    }
}

/* What has come is read before the next ones begin: a generator that only connects would measure itself. */
static bool begin_due(uint64_t now) {
    int begun = 0;
    for (int i = 0; i < wish->count && begun < 64; i++) {
        struct session *session = &sessions[i];
        if (net.clients[i].stage == UNUSED && session->due <= now) {
            if (session->began == 0) session->began = now;
            if (first_began == 0) first_began = now;
            net_start(&net, i);
            begun++;
        }
        if (session->again && session->again <= now) {
            session->again = 0;
            ask_missed(&net.clients[wish->count + i]);
        }
    }
    return begun == 64;
}

static void on_ready(struct client *client, uint64_t now) {
    (void)now;
    if (client->http) ask_missed(client);
    else net_start(&net, client->index + wish->count);
}

/* Too many at once: it comes again when it was told to, as every client does. */
static bool on_refused(struct client *client, int status, int retry_after_s) {
    if (status != 503 && status != 429) return false;
    uint64_t wait = retry_after_s > 0 ? (uint64_t)retry_after_s * 1000000000u : ONCE_MORE_NS;
    sessions[client->index].due = monotonic_ns() + wait + (uint64_t)((double)random() / RAND_MAX * (double)wait / 2);
    sent_away++;
    return true;
}

static void ask_missed(struct client *client) {
    char body[20000];
    size_t size = missed_ask(&sessions[client->index - wish->count].missed, body, sizeof body);
    client_ask(&net, client, "sync.catch_up", NULL, body, size);
}

static void on_answer(struct client *client, int status, const char *body, size_t size, uint64_t now) {
    static const char list[] =
        "{\"t\":\"do\",\"ref\":1,\"op\":\"notices.list\",\"body\":{\"folder\":\"owed\",\"limit\":200}}";
    struct client *socket = &net.clients[client->index - wish->count];
    struct session *session = &sessions[socket->index];
    if (status == 503 || status == 429) {
        session->again = now + ONCE_MORE_NS;
        sent_away++;
        return;
    }
    if (status != 200) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%d %.*s", status, (int)(size < 300 ? size : 300), body);
        return;
    }
    if (missed_take(&session->missed, body, size)) {
        ask_missed(client);
        return;
    }
    session->done = last_done = now;
    level++;
    histogram_add(&caught_up, now - session->began);
    client_put(socket, list, sizeof list - 1);
    client_flush(&net, socket);
}

static void on_frame(struct client *client, const char *text, size_t size, uint64_t now) {
    (void)now;
    if (size > 12 && memcmp(text, "{\"t\":\"error\"", 12) == 0) {
        if (refused++ == 0) snprintf(refusal, sizeof refusal, "%.*s", (int)(size < 390 ? size : 390), text);
    } else if (size > 11 && memcmp(text, "{\"t\":\"done\"", 11) == 0) {
        if (number_after(text, size, "\"ref\":") == 1) listed++;
    } else if (size > 14 && memcmp(text, "{\"t\":\"entries\"", 14) == 0) {
        if (memmem(text, size < 120 ? size : 120, field, strlen(field)) == NULL) return;
        struct listener *listener = &listeners[client->index];
        int64_t seq = number_after(text, size, "\"seq\":");
        listener->got++;
        listener->last = seq;
        heard++;
    }
}

/* Who is level hears what is said next, once: the first client says it, in a conversation that all are in. */
static void one_for_all(void) {
    struct talker *talker = talkers(1);
    uint64_t until = monotonic_ns() + 20u * 1000000000u;
    if (level < wish->count || net.lost || refused) return;
    talker->sent = 2; /* its ref */
    talk_send(&net.clients[0], talker, wish->stream, monotonic_ns());
    client_flush(&net, &net.clients[0]);
    while (heard < wish->count && !net.lost && monotonic_ns() < until) net_turn(&net, 10000000);
    net_rest(&net, 0.3); /* too many? */
}

static int report(void) {
    int64_t entries = 0, wrong = 0, deaf = 0;
    for (int i = 0; i < wish->count; i++) {
        const struct missed *missed = &sessions[i].missed;
        entries += missed->got;
        if (missed->wrong || missed->got != missed->expected) wrong++;
        if (listeners[i].got != 1 || listeners[i].last != missed_head(missed, wish->stream) + 1) deaf++;
    }
    if (net.lost) fprintf(stderr, "%s\n", net.trouble);
    if (refused) fprintf(stderr, "refused: %s\n", refusal);
    say("{\"event\":\"result\",\"sessions\":%lld,\"entries\":%lld,\"wrong_sessions\":%lld,\"deaf_sessions\":%lld,"
        "\"sent_away\":%lld,\"refused\":%lld,\"lost_clients\":%d,\"all_caught_up_ms\":%.3f,"
        "\"caught_up_p50_ms\":%.3f,\"caught_up_p99_ms\":%.3f,\"caught_up_max_ms\":%.3f}",
        (long long)level, (long long)entries, (long long)wrong, (long long)deaf, (long long)sent_away, (long long)refused,
        net.lost, (double)(last_done - first_began) / 1e6, histogram_ms(&caught_up, .5), histogram_ms(&caught_up, .99),
        histogram_ms(&caught_up, 1));
    return net.lost || refused || wrong || deaf || level < wish->count ? 1 : 0;
}
