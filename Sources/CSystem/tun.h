// TUN devices, network namespaces, absolute timers and stamps on CLOCK_MONOTONIC.
#ifndef FG_CSYSTEM_TUN_H
#define FG_CSYSTEM_TUN_H

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// Declared by glibc under _GNU_SOURCE only; see shim.h.
extern int setns(int fd, int type);

/// Attaches to a TUN device of the calling thread's network namespace: one IP packet a read or write, not blocking.
static inline int fg_tun_open(const char *name) {
    struct ifreq request;
    if (strlen(name) >= sizeof request.ifr_name) return -ENAMETOOLONG;
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, name);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        int status = -errno;
        close(fd);
        return status;
    }
    return fd;
}

/// Moves the calling thread into the network namespace that `fd` refers to.
static inline int fg_enter_network(int fd) { return setns(fd, 0x40000000 /* CLONE_NEWNET */) < 0 ? -errno : 0; }

/// CLOCK_MONOTONIC in nanoseconds.
static inline int64_t fg_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// A timer descriptor on CLOCK_MONOTONIC.
static inline int fg_timer_create(void) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/// Fires at the absolute time `at` in nanoseconds, at once when that is past; never again when it is 0.
static inline int fg_timer_arm(int fd, int64_t at) {
    struct itimerspec when;
    memset(&when, 0, sizeof when);
    when.it_value.tv_sec = at / 1000000000;
    when.it_value.tv_nsec = at % 1000000000;
    return timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) < 0 ? -errno : 0;
}

#endif
