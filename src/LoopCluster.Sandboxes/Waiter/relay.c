/*
 * The way out of a sandbox that may reach some destinations: a process of its own relays connections to 127.0.0.1:3128 to the harness's proxy on a
 * mounted Unix socket. It decides nothing; the proxy does. Part of the same program as waiter.c, which explains how they are compiled.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RELAYS = 128, RELAY_BYTES = 32768, PROXY_PORT = 3128 };
static const char proxy_socket[] = "/loopcluster/egress/s";


struct flow { int from, to; size_t have, done; int ended; char bytes[RELAY_BYTES]; };
struct relay { int client, proxy; struct flow out, in; };
static struct relay *relays;

static void pump(struct flow *f)
{
    if (!f->ended && f->have == 0) {
        ssize_t n = read(f->from, f->bytes, sizeof f->bytes);
        if (n > 0) f->have = (size_t)n, f->done = 0;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR)) f->ended = 1;
    }
    while (f->have > 0) {
        ssize_t n = send(f->to, f->bytes + f->done, f->have, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) { f->have = 0, f->ended = 2; return; }
        f->done += (size_t)n, f->have -= (size_t)n;
    }
    if (f->ended == 1) { shutdown(f->to, SHUT_WR); f->ended = 2; }
}

static void accept_one(int listener)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    memcpy(to.sun_path, proxy_socket, sizeof proxy_socket);
    int proxy = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct relay *free_one = NULL;
    for (int i = 0; i < RELAYS && free_one == NULL; i++)
        if (relays[i].client < 0) free_one = &relays[i];
    if (free_one == NULL || proxy < 0 || connect(proxy, (struct sockaddr *)&to, sizeof to) != 0) {
        close(client);
        if (proxy >= 0) close(proxy);
        return;
    }
    fcntl(proxy, F_SETFL, O_NONBLOCK);
    free_one->client = client, free_one->proxy = proxy;
    free_one->out = (struct flow){ .from = client, .to = proxy };
    free_one->in = (struct flow){ .from = proxy, .to = client };
}

static void watch(struct pollfd *fds, const struct relay *r)
{
    fds[0] = (struct pollfd){ r->client, 0, 0 };
    fds[1] = (struct pollfd){ r->proxy, 0, 0 };
    if (r->out.have > 0) fds[1].events |= POLLOUT; else if (!r->out.ended) fds[0].events |= POLLIN;
    if (r->in.have > 0) fds[0].events |= POLLOUT; else if (!r->in.ended) fds[1].events |= POLLIN;
    /* A descriptor with nothing to wait for would report its hang-up for ever. */
    for (int i = 0; i < 2; i++)
        if (fds[i].events == 0) fds[i].fd = -1;
}

static void relay_forever(int listener)
{
    relays = mmap(NULL, sizeof *relays * RELAYS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (relays == MAP_FAILED) _exit(1);
    for (int i = 0; i < RELAYS; i++) relays[i].client = relays[i].proxy = -1;
    for (;;) {
        struct pollfd fds[1 + 2 * RELAYS];
        fds[0] = (struct pollfd){ listener, POLLIN, 0 };
        for (int i = 0; i < RELAYS; i++) {
            if (relays[i].client < 0) fds[1 + 2 * i].fd = fds[2 + 2 * i].fd = -1;
            else watch(&fds[1 + 2 * i], &relays[i]);
        }
        if (poll(fds, 1 + 2 * RELAYS, -1) < 0) continue;
        for (int i = 0; i < RELAYS; i++) {
            struct relay *r = &relays[i];
            if (r->client < 0 || (fds[1 + 2 * i].revents | fds[2 + 2 * i].revents) == 0) continue;
            pump(&r->out);
            pump(&r->in);
            if (r->out.ended == 2 && r->in.ended == 2) {
                close(r->client), close(r->proxy);
                r->client = r->proxy = -1;
            }
        }
        if (fds[0].revents) accept_one(listener);
    }
}

/* Listens before it returns, so that the first connection of a command finds it. */
static int start_relay(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PROXY_PORT), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, RELAYS) != 0) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(0), close(1), close(2);
        relay_forever(listener);
    }
    close(listener);
    return pid < 0 ? -1 : 0;
}

