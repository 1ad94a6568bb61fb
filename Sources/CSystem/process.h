// Child processes.
#ifndef FG_CSYSTEM_PROCESS_H
#define FG_CSYSTEM_PROCESS_H

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

// Declared by glibc under _GNU_SOURCE only: see shim.h.
extern int pipe2(int ends[2], int flags);
extern int memfd_create(const char *name, unsigned int flags);
extern char **environ;

static inline char **fg_environment(void) { return environ; }

/// Moves a descriptor above the standard ones, where the child's own must not cover it.
static inline int fg_above_standard(int fd) {
    if (fd < 0 || fd > 2) return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return moved;
}

/// A pipe whose ends no child inherits; the reading end does not block.
static inline int fg_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    ends[0] = fg_above_standard(ends[0]);
    ends[1] = fg_above_standard(ends[1]);
    if (ends[0] >= 0 && ends[1] >= 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    int status = -errno;
    if (ends[0] >= 0) close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
    return status;
}

/// A nameless file in memory, for what a child shall read: unlike a pipe it never fills and never breaks.
static inline int fg_memory_file(const void *bytes, size_t length) {
    int fd = fg_above_standard(memfd_create("input", 1 /* MFD_CLOEXEC */));
    if (fd < 0) return -errno;
    size_t done = 0;
    while (done < length) {
        ssize_t count = write(fd, (const char *)bytes + done, length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            int status = -errno;
            close(fd);
            return status;
        }
        done += (size_t)count;
    }
    if (lseek(fd, 0, SEEK_SET) == 0) return fd;
    int status = -errno;
    close(fd);
    return status;
}

/// Starts a program with three descriptors, in a process group of its own, with no signal blocked or ignored: threads
/// here block some, and a child would inherit that. Returns its process id.
static inline int fg_spawn(const char *path, char *const *arguments, char *const *environment, int in, int out, int err) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    int status = posix_spawn(&child, path, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return status == 0 ? child : -status;
}

/// A descriptor that becomes readable when the process has ended.
static inline int fg_process_descriptor(pid_t process) {
    long fd = syscall(434 /* pidfd_open */, process, 0);
    return fd < 0 ? -errno : (int)fd;
}

/// Waits for a child's end and buries it: its exit code, or 256 plus the signal that ended it.
static inline int fg_wait(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

#endif
