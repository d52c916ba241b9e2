/*
 * Process 1 of a sandbox: waits for one call on standard input, runs it, reports, and takes everything with it when it exits.
 *
 * Usage: waiter LEASE_MS IDLE_MS [egress]
 * Compiled as one unit with what it calls before it: cat relay.c confine.c waiter.c | cc -static -D_GNU_SOURCE -x c -
 *
 * Frames on standard input and output: one byte type, four bytes length (little endian), payload.
 *   in   H                 the harness lives; without one (or any other frame) for LEASE_MS this process exits
 *        C  call           u32 timeout ms, u32 bytes of output to keep from the start, u32 from the end, u32 command length,
 *                          command, then environment entries "KEY=value\0"
 *        I  bytes          standard input of the command, any number of frames
 *        Z                 no more: run it
 *   out  R                 up and waiting
 *        S                 the command was started
 *        O  bytes          output, in order
 *        D  u64            bytes dropped here
 *        X  i32 u8 u8 u64  exit code (128 + signal), 1 if its time was over, 1 if the kernel killed for memory, bytes written
 *
 * What the command cannot do, although it runs as the same user: write a frame (the descriptors are not inherited, and a process that is
 * not dumpable shows neither its memory nor /proc/1/fd), stop or kill this process (signals from inside do not reach a process 1 that
 * handles none; SIGCHLD is only a wake-up), or outlive it (the kernel kills the namespace with its process 1).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 65536, MAX_CALL = 64 << 20 };
/* Exit codes without a report: a broken call, a workspace that this user cannot enter, the harness gone before and after the command was started. */
enum { BROKEN = 70, NO_WORKSPACE = 71, GONE_UNUSED = 75, GONE_RUNNING = 76 };
static int gone = GONE_UNUSED;

extern char **environ;

static int64_t lease_ms, last_heard;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t get32(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }

static void put(uint8_t *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

/* ---- waiting ----
 * By epoll, because the command may lower this process's limit of open files (it is the same user), and poll() refuses more descriptors than
 * that limit. For the same reason nothing is opened and no stack is grown once the command runs. */

enum { MOST_EVENTS = 8 };
static int flush_waits = -1; /* standard input and output: all that matters while a frame has to get out */

static void wait_for(int set, int fd, uint32_t what)
{
    struct epoll_event event = { .events = what, .data.fd = fd };
    if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) _exit(BROKEN);
}

static int new_wait_set(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) _exit(BROKEN);
    wait_for(set, 0, EPOLLIN);
    return set;
}

/* ---- reading frames ---- */

static uint8_t header[5];
static size_t header_have;
static uint32_t payload_left;
static uint8_t *call;
static uint32_t call_length, call_have;
static int input = -1; /* the command's standard input; a file, so that a command that never reads it blocks nobody */
static int call_complete;

static void begin_frame(void)
{
    uint32_t length = get32(header + 1);
    payload_left = length;
    switch (header[0]) {
    case 'H':
        if (length != 0) _exit(BROKEN);
        break;
    case 'C':
        if (call != NULL || length < 16 || length > MAX_CALL) _exit(BROKEN);
        call = mmap(NULL, (size_t)length + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (call == MAP_FAILED) _exit(BROKEN);
        call_length = length;
        break;
    case 'I':
        if (call == NULL || call_complete) _exit(BROKEN);
        if (input < 0 && (input = memfd_create("stdin", MFD_CLOEXEC)) < 0) _exit(BROKEN);
        break;
    case 'Z':
        if (call == NULL || length != 0 || call_complete) _exit(BROKEN);
        call_complete = 1;
        break;
    default:
        _exit(BROKEN);
    }
}

static void take(const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        if (payload_left == 0) {
            size_t n = sizeof header - header_have < count ? sizeof header - header_have : count;
            memcpy(header + header_have, bytes, n);
            header_have += n, bytes += n, count -= n;
            if (header_have < sizeof header) return;
            header_have = 0;
            begin_frame();
            continue;
        }
        size_t n = payload_left < count ? payload_left : count;
        if (header[0] == 'C') {
            memcpy(call + call_have, bytes, n);
            call_have += n;
        } else {
            for (size_t done = 0; done < n;) {
                ssize_t w = write(input, bytes + done, n - done);
                if (w <= 0) _exit(BROKEN);
                done += (size_t)w;
            }
        }
        payload_left -= (uint32_t)n, bytes += n, count -= n;
    }
}

/* Reads what is there. The end of the stream is the end of the harness. */
static void listen_to_harness(void)
{
    static uint8_t buffer[CHUNK];
    ssize_t n = read(0, buffer, sizeof buffer);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) _exit(gone);
    last_heard = now_ms();
    take(buffer, (size_t)n);
}

/* ---- writing frames ---- */

static uint8_t pending[5 + CHUNK];
static size_t pending_length, pending_done;

static void push_pending(void)
{
    while (pending_done < pending_length) {
        ssize_t n = write(1, pending + pending_done, pending_length - pending_done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) _exit(gone);
        pending_done += (size_t)n;
    }
    pending_done = pending_length = 0;
}

/* Waits until the pending frame is out; still hears the harness, whose death must not leave us hanging on a full pipe. */
static void flush(void)
{
    push_pending();
    while (pending_length > 0) {
        int64_t left = last_heard + lease_ms - now_ms();
        if (left <= 0) _exit(gone);
        struct epoll_event events[MOST_EVENTS];
        int count = epoll_wait(flush_waits, events, MOST_EVENTS, (int)left);
        for (int i = 0; i < count; i++)
            if (events[i].data.fd == 0) listen_to_harness();
        push_pending();
    }
}

static void put_header(uint8_t type, uint32_t length)
{
    pending[0] = type;
    put(pending + 1, length, 4);
    pending_length = 5 + length;
    pending_done = 0;
}

static void send_frame(uint8_t type, const void *payload, uint32_t length)
{
    flush();
    if (length > 0) memcpy(pending + 5, payload, length);
    put_header(type, length);
    flush();
}

/* ---- output of the command: the first bytes go out as they come, of the rest the last ones are kept in a ring ---- */

static uint32_t head_left, tail_limit;
static uint8_t *ring;
static uint64_t ring_total, output_total;

/* Reads at most `most` bytes; 0 when there is nothing (more). Leaves at most one frame pending. */
static size_t take_output(int from, size_t most)
{
    ssize_t n;
    if (head_left > 0) {
        flush();
        if (most > CHUNK) most = CHUNK;
        n = read(from, pending + 5, most < head_left ? most : head_left);
        if (n <= 0) return 0;
        put_header('O', (uint32_t)n);
        push_pending();
        head_left -= (uint32_t)n;
    } else if (tail_limit > 0) {
        size_t at = (size_t)(ring_total % tail_limit), room = tail_limit - at;
        n = read(from, ring + at, most < room ? most : room);
        if (n <= 0) return 0;
        ring_total += (uint64_t)n;
    } else {
        static uint8_t sink[CHUNK];
        n = read(from, sink, most < CHUNK ? most : CHUNK);
        if (n <= 0) return 0;
        ring_total += (uint64_t)n;
    }
    output_total += (uint64_t)n;
    return (size_t)n;
}

static void send_tail(void)
{
    uint64_t kept = ring_total < tail_limit ? ring_total : tail_limit;
    if (ring_total > kept) {
        uint8_t dropped[8];
        put(dropped, ring_total - kept, 8);
        send_frame('D', dropped, sizeof dropped);
    }
    for (uint64_t at = ring_total - kept; at < ring_total;) {
        size_t place = (size_t)(at % tail_limit), n = tail_limit - place;
        if (n > ring_total - at) n = (size_t)(ring_total - at);
        if (n > CHUNK) n = CHUNK;
        send_frame('O', ring + place, (uint32_t)n);
        at += n;
    }
}

/* ---- memory: kills counted by the kernel for this container's control group, version 2 or 1 ---- */

static int memory_events = -1;

static void open_memory_events(void)
{
    memory_events = open("/sys/fs/cgroup/memory.events", O_RDONLY | O_CLOEXEC);
    if (memory_events < 0) memory_events = open("/sys/fs/cgroup/memory/memory.oom_control", O_RDONLY | O_CLOEXEC);
}

static long memory_kills(void)
{
    char text[512];
    ssize_t n = memory_events < 0 ? -1 : pread(memory_events, text, sizeof text - 1, 0);
    if (n <= 0) return 0;
    text[n] = 0;
    char *at = strstr(text, "oom_kill ");
    return at == NULL ? 0 : atol(at + 9);
}

/* ---- the command ---- */

static int is_proxy_variable(const char *entry)
{
    static const char *names[] = { "http_proxy=", "https_proxy=", "ftp_proxy=", "all_proxy=", "no_proxy=" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncasecmp(entry, names[i], strlen(names[i])) == 0) return 1;
    return 0;
}

/* The image's environment without the proxies that engines add from the host, then ours, then the call's: a later entry wins. */
static char **build_environment(char *entries, size_t length, int egress)
{
    static char *with_egress[] = {
        "HTTP_PROXY=http://127.0.0.1:3128", "HTTPS_PROXY=http://127.0.0.1:3128", "ALL_PROXY=http://127.0.0.1:3128",
        "http_proxy=http://127.0.0.1:3128", "https_proxy=http://127.0.0.1:3128", "all_proxy=http://127.0.0.1:3128",
        "NO_PROXY=localhost,127.0.0.1", "no_proxy=localhost,127.0.0.1" };
    size_t most = 16, count = 0;
    for (char **e = environ; *e != NULL; e++) most++;
    for (size_t i = 0; i < length; i++) most += entries[i] == 0;
    char **all = calloc(most + 1, sizeof *all);
    if (all == NULL) _exit(BROKEN);
    for (char **e = environ; *e != NULL; e++)
        if (!is_proxy_variable(*e)) all[count++] = *e;
    all[count++] = "HOME=/tmp";
    if (egress)
        for (size_t i = 0; i < sizeof with_egress / sizeof *with_egress; i++) all[count++] = with_egress[i];
    for (size_t at = 0; at < length; at += strlen(entries + at) + 1)
        all[count++] = entries + at;

    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t name = strcspn(all[i], "="), later = i + 1;
        while (later < count && !(strncmp(all[later], all[i], name) == 0 && all[later][name] == '=')) later++;
        if (later == count) all[kept++] = all[i];
    }
    all[kept] = NULL;
    return all;
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, text, strlen(text)) < 0) { /* only a preference of the kernel's choice */ }
    close(fd);
}

static void become_command(char *command, char **environment, int output)
{
    /* Of all processes here this one and its children are to be killed first when memory is short, so that the report survives. Writing
       to /proc/self needs to be dumpable; nothing else runs in this container yet, and exec makes it so anyway. */
    prctl(PR_SET_DUMPABLE, 1);
    write_text("/proc/self/oom_score_adj", "1000");
    int in = input >= 0 ? input : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input >= 0) lseek(input, 0, SEEK_SET);
    if (dup2(in, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) _exit(126);
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    struct rlimit no_core = { 0, 0 };
    setrlimit(RLIMIT_CORE, &no_core);
    forbid_writing_below_proc();
    char *argv[] = { "sh", "-c", command, NULL };
    execve("/bin/sh", argv, environment);
    int failure = errno;
    perror("/bin/sh");
    _exit(failure == ENOENT ? 127 : 126);
}

static void report(int code, int timed_out)
{
    uint8_t payload[14];
    send_tail();
    put(payload, (uint32_t)code, 4);
    payload[4] = (uint8_t)timed_out;
    payload[5] = memory_kills() > 0;
    put(payload + 6, output_total, 8);
    send_frame('X', payload, sizeof payload);
    _exit(0);
}

/* What is in the pipe now, and not a byte that a child left behind writes from here on. */
static void drain(int output)
{
    int left = 0;
    ioctl(output, FIONREAD, &left);
    while (left > 0) {
        size_t n = take_output(output, (size_t)left);
        if (n == 0) break;
        left -= (int)n;
    }
}

static void run(int signals, int egress)
{
    uint32_t timeout = get32(call), head = get32(call + 4), tail = get32(call + 8), command_length = get32(call + 12);
    if (command_length > call_length - 16 || call_have != call_length) _exit(BROKEN);
    char *entries = (char *)call + 16 + command_length;
    size_t entries_length = call_length - 16 - command_length;
    if (entries_length > 0 && entries[entries_length - 1] != 0) _exit(BROKEN);
    char **environment = build_environment(entries, entries_length, egress);
    char *command = strndup((char *)call + 16, command_length);
    head_left = head, tail_limit = tail;
    if (tail_limit > 0) {
        ring = mmap(NULL, tail_limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (ring == MAP_FAILED) _exit(BROKEN);
    }

    int pipes[2];
    if (command == NULL || pipe2(pipes, O_CLOEXEC) != 0) _exit(BROKEN);
    fcntl(pipes[1], F_SETPIPE_SZ, 1 << 20);
    int64_t deadline = now_ms() + timeout;
    if (chdir("/workspace") != 0) _exit(NO_WORKSPACE);
    int set = new_wait_set(), output_watched = 0, output_open = 1, stdout_watched = 0;
    wait_for(set, signals, EPOLLIN);
    gone = GONE_RUNNING;
    pid_t child = fork();
    if (child < 0) _exit(BROKEN);
    if (child == 0) become_command(command, environment, pipes[1]);
    close(pipes[1]);
    if (input >= 0) close(input);
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    send_frame('S', NULL, 0);

    for (;;) {
        int64_t now = now_ms(), until = deadline < last_heard + lease_ms ? deadline : last_heard + lease_ms;
        if (now >= last_heard + lease_ms) _exit(gone);
        if (now >= deadline) {
            kill(-1, SIGKILL);
            drain(pipes[0]);
            report(128 + SIGKILL, 1);
        }
        /* With a frame still pending the command has to wait: that bounds memory here and everywhere up the line. */
        int want_stdout = pending_length > 0, want_output = output_open && !want_stdout;
        if (want_stdout != stdout_watched) {
            if (want_stdout) wait_for(set, 1, EPOLLOUT); else epoll_ctl(set, EPOLL_CTL_DEL, 1, NULL);
            stdout_watched = want_stdout;
        }
        if (want_output != output_watched) {
            if (want_output) wait_for(set, pipes[0], EPOLLIN); else epoll_ctl(set, EPOLL_CTL_DEL, pipes[0], NULL);
            output_watched = want_output;
        }
        struct epoll_event events[MOST_EVENTS];
        int count = epoll_wait(set, events, MOST_EVENTS, (int)(until - now)), child_changed = 0;
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == 0) listen_to_harness();
            else if (fd == 1) push_pending();
            else if (fd == signals) child_changed = 1;
            else if (take_output(fd, 1 << 20) == 0 && (events[i].events & EPOLLHUP)) output_open = 0;
        }
        if (child_changed) {
            struct signalfd_siginfo ignored;
            if (read(signals, &ignored, sizeof ignored) < 0) { /* a wake-up only */ }
            int status;
            pid_t pid;
            while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                if (pid != child) continue;
                drain(pipes[0]);
                report(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), 0);
            }
        }
    }
}

/* Stack pages that exist need no limit; ours may be lowered later. */
static void __attribute__((noinline)) touch_stack(void)
{
    volatile char pages[128 * 1024];
    for (size_t i = 0; i < sizeof pages; i += 4096) pages[i] = 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 64;
    prctl(PR_SET_DUMPABLE, 0);
    int egress = argc > 3 && strcmp(argv[3], "egress") == 0;
    lease_ms = atol(argv[1]);
    int64_t idle_until = now_ms() + atol(argv[2]);
    last_heard = now_ms();

    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    signal(SIGPIPE, SIG_IGN);
    if (signals < 0) return BROKEN;
    fcntl(0, F_SETFD, FD_CLOEXEC);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
    open_memory_events();
    touch_stack();
    flush_waits = new_wait_set();
    wait_for(flush_waits, 1, EPOLLOUT);
    if (egress && start_relay() != 0) return BROKEN;
    send_frame('R', NULL, 0);

    while (!call_complete) {
        int64_t now = now_ms(), heard_until = last_heard + lease_ms;
        int64_t until = call == NULL && idle_until < heard_until ? idle_until : heard_until;
        if (now >= until) _exit(gone);
        struct pollfd in = { 0, POLLIN, 0 };
        if (poll(&in, 1, (int)(until - now)) > 0) listen_to_harness(); /* no command runs yet */
    }
    run(signals, egress);
    return BROKEN;
}
