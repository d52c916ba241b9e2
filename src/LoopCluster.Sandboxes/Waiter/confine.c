/*
 * What the command must not write besides what its user and the read-only mounts keep from it: anything below /proc. Processes of one user may
 * write to each other's memory through /proc/PID/mem, so code under test could rewrite the runner that judges it. Seccomp sees no paths and a
 * filter against ptrace does not reach that file; Landlock (Linux 5.19, unprivileged) does. Where the kernel has none, nothing is forbidden here.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From the kernel's interface; old images have no <linux/landlock.h>. The numbers are the same on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, ASK_VERSION = 1, PATH_BENEATH = 1, WITH_REFER = 2 };
#define WRITE_FILE (1ull << 1)
#define REFER (1ull << 13) /* links and renames between directories: denied wherever it is not granted */

static void forbid_writing_below_proc(void)
{
    if (syscall(CREATE_RULESET, NULL, 0, ASK_VERSION) < WITH_REFER) return;
    uint64_t handled = WRITE_FILE | REFER;
    int rules = (int)syscall(CREATE_RULESET, &handled, sizeof handled, 0);
    DIR *root = opendir("/");
    if (rules < 0 || root == NULL) _exit(126);
    for (struct dirent *entry; (entry = readdir(root)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strcmp(entry->d_name, "proc") == 0) continue;
        /* A link's target lies below another entry. */
        int at = openat(dirfd(root), entry->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (at < 0) continue;
        struct { uint64_t allowed; int32_t parent; } __attribute__((packed)) rule = { handled, at };
        if (syscall(ADD_RULE, rules, PATH_BENEATH, &rule, 0) != 0) _exit(126);
        close(at);
    }
    closedir(root);
    if (syscall(RESTRICT_SELF, rules, 0) != 0) _exit(126);
    close(rules);
}

