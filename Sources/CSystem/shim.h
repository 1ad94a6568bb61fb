// What Linux offers and the Swift overlay of glibc hides. Every function is `static inline`, returns -errno on failure
// and holds no policy.
#ifndef FG_CSYSTEM_SHIM_H
#define FG_CSYSTEM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "folder.h"
#include "tun.h"

// Glibc declares these only under _GNU_SOURCE. Defining that here would give these headers other contents than Swift's
// own Glibc module has, and the compiler refuses two definitions of one type.
extern int posix_openpt(int flags);
extern int grantpt(int fd);
extern int unlockpt(int fd);
extern int ptsname_r(int fd, char *buffer, size_t length);
extern int pthread_setname_np(pthread_t thread, const char *name);

static inline int fg_errno(void) { return errno; }

/// The C library's words for an error number, thread-safe.
static inline const char *fg_error_text(int code, char *buffer, size_t length) {
    return strerror_r(code, buffer, length) == 0 ? buffer : 0;
}

// MARK: Clocks

/// CLOCK_BOOTTIME in nanoseconds: monotonic, and runs on while the machine is suspended.
static inline int64_t fg_boottime_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// CLOCK_REALTIME in microseconds since 1970-01-01T00:00:00Z.
static inline int64_t fg_utc_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/// CPU time of the whole process, in nanoseconds.
static inline int64_t fg_process_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// 1 when the kernel holds the wall clock synchronised (adjtimex(2)), 0 when it does not.
static inline int fg_clock_is_synchronised(void) {
    struct timex t;
    memset(&t, 0, sizeof t);
    int state = adjtimex(&t);
    return state >= 0 && state != TIME_ERROR && !(t.status & STA_UNSYNC);
}

// MARK: Threads

static inline int fg_thread_start(pthread_t *thread, size_t stack_bytes, void *(*body)(void *), void *context) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack_bytes > 0) pthread_attr_setstacksize(&attributes, stack_bytes);
    int status = pthread_create(thread, &attributes, body, context);
    pthread_attr_destroy(&attributes);
    return -status;
}

/// At most 15 bytes of the name are kept by the kernel.
static inline int fg_thread_name(const char *name) { return -pthread_setname_np(pthread_self(), name); }

/// SCHED_FIFO for the calling thread.
static inline int fg_thread_fifo(int priority) {
    struct sched_param parameter = {.sched_priority = priority};
    return -pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameter);
}

/// How late the kernel may make this thread's timers, so as to join them.
static inline int fg_thread_timer_slack(unsigned long nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0) < 0 ? -errno : 0;
}

/// A condition variable whose deadlines are on CLOCK_MONOTONIC.
static inline int fg_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int status = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return -status;
}

/// A mutex that lends its holder the priority of the highest waiter.
static inline int fg_mutex_init(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    int status = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return -status;
}

/// Waits at most `nanoseconds`; -ETIMEDOUT when they are gone.
static inline int fg_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t nanoseconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t total = t.tv_nsec + nanoseconds;
    t.tv_sec += total / 1000000000;
    t.tv_nsec = total % 1000000000;
    return -pthread_cond_timedwait(condition, mutex, &t);
}

// MARK: Descriptors

static inline int fg_open(const char *path, int flags, mode_t mode) {
    int fd = open(path, flags | O_CLOEXEC, mode);
    return fd < 0 ? -errno : fd;
}

/// 1 when there is a socket at the path.
static inline int fg_is_socket(const char *path) {
    struct stat information;
    return lstat(path, &information) == 0 && S_ISSOCK(information.st_mode);
}

static inline int fg_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

/// An advisory lock on the whole file, held until the descriptor is closed; -EWOULDBLOCK when another holds it.
static inline int fg_lock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0; }
static inline void fg_unlock(int fd) { flock(fd, LOCK_UN); }

// Room for bytes to come, without making the file longer.
static inline int fg_preallocate(int fd, int64_t offset, int64_t length) {
    return syscall(SYS_fallocate, fd, 1 /* FALLOC_FL_KEEP_SIZE */, (long)offset, (long)length) < 0 ? -errno : 0;
}

static inline int fg_eventfd(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static inline int fg_epoll_create(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static inline int fg_epoll_control(int epoll, int operation, int fd, uint32_t events) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.fd = fd;
    return epoll_ctl(epoll, operation, fd, &event) < 0 ? -errno : 0;
}

static inline int fg_event_fd(const struct epoll_event *event) { return event->data.fd; }

/// A pseudo-terminal master in raw mode; the slave's path is copied to `path`.
static inline int fg_open_pseudo_terminal(char *path, size_t length) {
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int status = 0;
    struct termios settings;
    if (grantpt(fd) < 0 || unlockpt(fd) < 0 || tcgetattr(fd, &settings) < 0) status = -errno;
    if (status == 0) status = -ptsname_r(fd, path, length);
    if (status == 0) {
        cfmakeraw(&settings);
        if (tcsetattr(fd, TCSANOW, &settings) < 0) status = -errno;
    }
    if (status < 0) {
        close(fd);
        return status;
    }
    return fd;
}

// MARK: Sockets

static inline int fg_set_socket_option(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno : 0;
}

/// 0 when a non-blocking connect has succeeded, else the error it ended with as -errno.
static inline int fg_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
    return -error;
}

/// Fills a unix socket address; a leading '@' names the abstract space. Returns the address's length.
static inline int fg_unix_address(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) return -ENAMETOOLONG;
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@') {
        address->sun_path[0] = 0;
        return (int)(offsetof(struct sockaddr_un, sun_path) + length);
    }
    return (int)sizeof *address;
}

// MARK: Signals

#include <sys/signalfd.h>

/// Blocks two signals for the calling thread and those it starts, and returns a descriptor that tells of their arrival.
static inline int fg_signal_descriptor(int first, int second) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    int status = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (status != 0) return -status;
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

// MARK: Probes

#include "probe.h"

// MARK: Memory

/// At most so many heaps for all threads together: each costs what it once held.
static inline int fg_limit_heaps(int count) { return mallopt(M_ARENA_MAX, count) == 1 ? 0 : -EINVAL; }

/// Returns free heap to the kernel, and lets go of the program text that only the start needed: it is clean, and comes
/// back from the page cache when it runs again.
static inline void fg_release_startup_memory(const void *text_begin, const void *text_end) {
    malloc_trim(0);
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)text_begin + page - 1) / page * page;
    uintptr_t end = (uintptr_t)text_end / page * page;
    if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

/// Linker symbols around the program's text.
extern const char __executable_start[];
extern const char etext[];
static inline const void *fg_text_begin(void) { return __executable_start; }
static inline const void *fg_text_end(void) { return etext; }

#include "process.h"
#include "serial.h"
#include "peer.h"
#include "input.h"
#include "realtime.h"
#include "console.h"
#include "ring.h"
#include "rights.h"
#include "netlink.h"
#include "offload.h"

#endif
