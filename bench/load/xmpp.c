#define _GNU_SOURCE
#include "xmpp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_ROOM = 4 << 20, EVENTS = 256 };
enum { READY_STEP = 5 };

static char room[READ_ROOM];

static void start(struct xmpp *xmpp, struct peer *peer);
static void on_event(struct xmpp *xmpp, struct peer *peer, uint32_t events);
static void read_some(struct xmpp *xmpp, struct peer *peer);
static size_t sign_in(struct xmpp *xmpp, struct peer *peer, const char *text, size_t size, uint64_t now);
static void open_stream(struct peer *peer);
static void authenticate(struct xmpp *xmpp, struct peer *peer);
static size_t base64(const uint8_t *from, size_t size, char *to);
static void appear(struct xmpp *xmpp, struct peer *peer);
static void put(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void lose(struct xmpp *xmpp, struct peer *peer, const char *why);

int xmpp(const struct wish *wish, const char *load) {
    if (strcmp(load, "fanout") == 0) return xmpp_chat(wish, false);
    if (strcmp(load, "pairs") == 0) return xmpp_chat(wish, true);
    if (strcmp(load, "resume") == 0) return xmpp_resume(wish);
    if (strcmp(load, "idle") == 0) return xmpp_idle(wish);
    fprintf(stderr, "unknown: xmpp_%s\n", load);
    return 2;
}

double xmpp_connect_all(struct xmpp *xmpp, double patience_s) {
    uint64_t began = monotonic_ns(), until = began + (uint64_t)(patience_s * 1e9);
    int count = xmpp->wish->count;
    xmpp->epoll = epoll_create1(0);
    xmpp->peers = calloc((size_t)count, sizeof *xmpp->peers);
    while (xmpp->ready < count && xmpp->lost == 0 && monotonic_ns() < until) {
        while (xmpp->started < count && xmpp->started - xmpp->ready < xmpp->wish->at_once) {
            struct peer *peer = &xmpp->peers[xmpp->started];
            peer->index = xmpp->started++;
            start(xmpp, peer);
        }
        xmpp_turn(xmpp, 100000000);
    }
    if (xmpp->ready < count) {
        fprintf(stderr, "only %d of %d signed in: %s\n", xmpp->ready, count, xmpp->lost ? xmpp->trouble : "too slow");
        return -1;
    }
    double seconds = (double)(monotonic_ns() - began) / 1e9;
    say("{\"event\":\"connected\",\"clients\":%d,\"seconds\":%.3f}", xmpp->ready, seconds);
    return seconds;
}

static void start(struct xmpp *xmpp, struct peer *peer) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)xmpp->wish->port)};
    int yes = 1;
    peer->began = monotonic_ns();
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, xmpp->wish->host, &address.sin_addr);
    if (peer->fd < 0 || (connect(peer->fd, (void *)&address, sizeof address) < 0 && errno != EINPROGRESS)) {
        lose(xmpp, peer, strerror(errno));
        return;
    }
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = peer};
    epoll_ctl(xmpp->epoll, EPOLL_CTL_ADD, peer->fd, &event);
    peer->blocked = true;
    open_stream(peer); /* waits in the queue until the connection stands */
}

void xmpp_rest(struct xmpp *xmpp, double seconds) {
    uint64_t began = monotonic_ns();
    while (monotonic_ns() - began < (uint64_t)(seconds * 1e9)) xmpp_turn(xmpp, 50000000);
}

void xmpp_turn(struct xmpp *xmpp, int64_t wait_ns) {
    struct epoll_event events[EVENTS];
    struct timespec wait = {wait_ns / 1000000000, wait_ns % 1000000000};
    int count = epoll_pwait2(xmpp->epoll, events, EVENTS, &wait, NULL);
    for (int i = 0; i < count; i++) on_event(xmpp, events[i].data.ptr, events[i].events);
}

static void on_event(struct xmpp *xmpp, struct peer *peer, uint32_t events) {
    if (!peer->lost && events & EPOLLOUT) peer_flush(xmpp, peer);
    if (!peer->lost && events & (EPOLLIN | EPOLLERR | EPOLLHUP)) read_some(xmpp, peer);
}

static void read_some(struct xmpp *xmpp, struct peer *peer) {
    size_t size = peer->kept_size;
    if (size) memcpy(room, peer->kept, size);
    ssize_t got = recv(peer->fd, room + size, READ_ROOM - 1 - size, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) lose(xmpp, peer, got ? strerror(errno) : "the server hung up");
        return;
    }
    uint64_t now = monotonic_ns();
    size += (size_t)got;
    room[size] = 0;
    size_t used = peer->step < READY_STEP ? sign_in(xmpp, peer, room, size, now) : 0;
    if (peer->step == READY_STEP) used += xmpp->on_text(peer, room + used, size - used, now);
    if (peer->lost) return;
    size -= used;
    if (size != peer->kept_size) peer->kept = realloc(peer->kept, size + 1);
    peer->kept_size = size;
    memcpy(peer->kept, room + used, size);
    if (peer->out_size && !peer->blocked) peer_flush(xmpp, peer);
}

/* Waits for the answer to each step and takes the next one. The server's answers hold nothing of what people write before
   the last step, so a piece of text is enough to know them by. */
static size_t sign_in(struct xmpp *xmpp, struct peer *peer, const char *text, size_t size, uint64_t now) {
    static const char *const first[] = {"</stream:features>", "<success", "</stream:features>", "</bind>"};
    static const char *const last[] = {[PING_ONLY] = "id='ping'", [JOIN_ROOM] = "code='110'", [FETCH_ARCHIVE] = "</fin>"};
    size_t used = 0;
    while (peer->step < READY_STEP) {
        const char *awaited = peer->step < 4 ? first[peer->step] : last[xmpp->last], *from = text + used;
        const char *found = memmem(from, size - used, awaited, strlen(awaited));
        const char *refusal[] = {"<failure", "<stream:error", "type='error'"};
        for (int i = 0; i < 3 && !peer->lost; i++)
            if (memmem(from, size - used, refusal[i], strlen(refusal[i]))) lose(xmpp, peer, from);
        if (found == NULL || peer->lost) break;
        used = (size_t)(found - text) + strlen(awaited);
        if (peer->step == 0) authenticate(xmpp, peer);
        if (peer->step == 1) open_stream(peer);
        if (peer->step == 2) put(peer, "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                                       "<resource>bench</resource></bind></iq>");
        if (peer->step == 3) appear(xmpp, peer);
        if (++peer->step < READY_STEP) continue;
        xmpp->ready++;
        if (xmpp->on_ready) xmpp->on_ready(peer, from, used - (size_t)(from - text), now);
    }
    return used;
}

static void open_stream(struct peer *peer) {
    put(peer, "<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>");
}

static void authenticate(struct xmpp *xmpp, struct peer *peer) {
    uint8_t plain[200];
    char name[80], password[80], encoded[300];
    sscanf(xmpp->wish->tokens[peer->index], "%79s %79s", name, password);
    int size = snprintf((char *)plain, sizeof plain, "%c%s%c%s", 0, name, 0, password);
    encoded[base64(plain, (size_t)size, encoded)] = 0;
    put(peer, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>", encoded);
}

static size_t base64(const uint8_t *from, size_t size, char *to) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t written = 0;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = (uint32_t)from[i] << 16;
        if (i + 1 < size) three |= (uint32_t)from[i + 1] << 8;
        if (i + 2 < size) three |= from[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) to[written++] = digits[three >> shift & 63];
    }
    for (size_t missing = (3 - size % 3) % 3, i = 1; i <= missing; i++) to[written - i] = '=';
    return written;
}

static void appear(struct xmpp *xmpp, struct peer *peer) {
    put(peer, "<presence/>");
    if (xmpp->last == PING_ONLY) {
        put(peer, "<iq type='get' id='ping' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
    } else if (xmpp->last == JOIN_ROOM) {
        put(peer, "<presence to='%s/n%d'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
            xmpp->wish->stream, peer->index);
    } else {
        put(peer, "<iq type='set' id='fetch'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>"
                  "<max>200</max><after>%s</after></set></query></iq>", xmpp->wish->stream);
    }
}

static void put(struct peer *peer, const char *format, ...) {
    char text[1000];
    va_list values;
    va_start(values, format);
    int size = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    peer_put(peer, text, (size_t)size);
}

void peer_put(struct peer *peer, const char *text, size_t size) {
    if (peer->out_size + size > peer->out_room) {
        peer->out_room = 2 * (peer->out_size + size);
        peer->out = realloc(peer->out, peer->out_room);
    }
    memcpy(peer->out + peer->out_size, text, size);
    peer->out_size += size;
}

void peer_flush(struct xmpp *xmpp, struct peer *peer) {
    size_t done = 0;
    while (done < peer->out_size) {
        ssize_t sent = send(peer->fd, peer->out + done, peer->out_size - done, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) {
            lose(xmpp, peer, strerror(errno));
            return;
        }
        done += (size_t)sent;
    }
    memmove(peer->out, peer->out + done, peer->out_size - done);
    peer->out_size -= done;
    if (peer->blocked == (peer->out_size > 0)) return;
    peer->blocked = peer->out_size > 0;
    struct epoll_event event = {.events = EPOLLIN | (peer->blocked ? EPOLLOUT : 0u), .data.ptr = peer};
    epoll_ctl(xmpp->epoll, EPOLL_CTL_MOD, peer->fd, &event);
}

static void lose(struct xmpp *xmpp, struct peer *peer, const char *why) {
    if (peer->lost) return;
    if (xmpp->lost++ == 0) snprintf(xmpp->trouble, sizeof xmpp->trouble, "client %d: %.500s", peer->index, why);
    peer->lost = true;
    close(peer->fd);
}
