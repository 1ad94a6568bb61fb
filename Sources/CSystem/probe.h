// Sockets of probes: bound to an interface, sorted into the control class.
#ifndef FG_CSYSTEM_PROBE_H
#define FG_CSYSTEM_PROBE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// An address as text, of either family, with a port; the length, or -EINVAL.
static inline int fg_network_address(struct sockaddr_storage *address, const char *text, uint16_t port) {
    memset(address, 0, sizeof *address);
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    return -EINVAL;
}

/// Everything sent goes out of this interface and nothing comes in by another (socket(7), SO_BINDTODEVICE); a first
/// binding needs no privilege since Linux 5.7.
static inline int fg_bind_to_device(int fd, const char *device) {
    return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device) + 1) < 0 ? -errno : 0;
}

/// A non-blocking socket that sends through one interface with a priority (0–6 need no privilege); -errno.
static inline int fg_device_socket(int family, int type, int protocol, const char *device, int priority) {
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0) return -errno;
    int status = fg_bind_to_device(fd, device);
    if (status == 0 && setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority) < 0) status = -errno;
    if (status == 0) return fd;
    close(fd);
    return status;
}

static inline int fg_connect_address(int fd, const struct sockaddr_storage *address, int length) {
    return connect(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

/// Closes a TCP connection without leaving it in TIME_WAIT.
static inline void fg_close_hard(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

#endif
