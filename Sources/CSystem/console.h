// What a console of remote control needs: datagrams whose source is known, a timer on a grid, files of secrets.
#ifndef FG_CSYSTEM_CONSOLE_H
#define FG_CSYSTEM_CONSOLE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/// A non-blocking UDP socket on an address; -errno.
static inline int fg_datagram_socket(const struct sockaddr_storage *address, int length) {
    int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (const struct sockaddr *)address, (socklen_t)length) == 0) return fd;
    int status = -errno;
    close(fd);
    return status;
}

/// The address that a socket got; its length, or -errno.
static inline int fg_datagram_name(int fd, struct sockaddr_storage *address) {
    socklen_t length = sizeof *address;
    memset(address, 0, sizeof *address);
    return getsockname(fd, (struct sockaddr *)address, &length) < 0 ? -errno : (int)length;
}

/// The next datagram and where it came from; its length, or -errno.
static inline int fg_datagram_receive(
    int fd, void *bytes, size_t count, struct sockaddr_storage *source, int *source_length
) {
    socklen_t length = sizeof *source;
    ssize_t got = recvfrom(fd, bytes, count, 0, (struct sockaddr *)source, &length);
    *source_length = (int)length;
    return got < 0 ? -errno : (int)got;
}

static inline int fg_datagram_send(int fd, const void *bytes, size_t count, const void *address, int length) {
    ssize_t sent = sendto(fd, bytes, count, MSG_DONTWAIT, (const struct sockaddr *)address, (socklen_t)length);
    return sent < 0 ? -errno : (int)sent;
}

/// An address as digits; its port, or -EINVAL.
static inline int fg_datagram_text(const struct sockaddr_storage *address, char *text, size_t count) {
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        return inet_ntop(AF_INET, &v4->sin_addr, text, (socklen_t)count) ? ntohs(v4->sin_port) : -EINVAL;
    }
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        return inet_ntop(AF_INET6, &v6->sin6_addr, text, (socklen_t)count) ? ntohs(v6->sin6_port) : -EINVAL;
    }
    return -EINVAL;
}

/// A timer on CLOCK_BOOTTIME that is due at `first_ns` and every `period_ns` from there on; -errno.
static inline int fg_grid_timer(int64_t first_ns, int64_t period_ns) {
    int fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return -errno;
    struct itimerspec when = {
        .it_value = {.tv_sec = first_ns / 1000000000, .tv_nsec = first_ns % 1000000000},
        .it_interval = {.tv_sec = period_ns / 1000000000, .tv_nsec = period_ns % 1000000000},
    };
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) == 0) return fd;
    int status = -errno;
    close(fd);
    return status;
}

/// Makes a file that only its owner reads, where nothing was: -EEXIST when something is.
static inline int fg_new_secret_file(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? -errno : fd;
}

/// The mode bits of a file, or -errno.
static inline int fg_file_mode(const char *path) {
    struct stat information;
    return stat(path, &information) < 0 ? -errno : (int)(information.st_mode & 07777);
}

#endif
