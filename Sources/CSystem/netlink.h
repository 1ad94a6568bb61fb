// Netlink sockets: how the kernel tells of links, classes, sockets and connections.
#ifndef FG_CSYSTEM_NETLINK_H
#define FG_CSYSTEM_NETLINK_H

#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/// A socket of one netlink family, with an address of the kernel's choice, never blocking.
static inline int fg_netlink_open(int family) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, family);
    if (fd < 0) return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    int status = -errno;
    close(fd);
    return status;
}

static inline int fg_netlink_option(int fd, int option, int value) {
    return setsockopt(fd, 270 /* SOL_NETLINK */, option, &value, sizeof value) < 0 ? -errno : 0;
}

/// Hears a multicast group from now on; needs CAP_NET_ADMIN for netfilter's.
static inline int fg_netlink_join(int fd, int group) { return fg_netlink_option(fd, NETLINK_ADD_MEMBERSHIP, group); }

/// When on, the kernel's sender is told that this socket is full: connection tracking then keeps an ending connection and
/// tells of it again.
static inline int fg_netlink_reliable(int fd, int on) { return fg_netlink_option(fd, NETLINK_BROADCAST_ERROR, on); }

/// Room for what waits, in bytes; without CAP_NET_ADMIN as much as the system allows everybody.
static inline int fg_receive_room(int fd, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, 33 /* SO_RCVBUFFORCE */, &bytes, sizeof bytes) == 0) return 0;
    return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0 ? -errno : 0;
}

static inline int64_t fg_netlink_send(int fd, const void *bytes, size_t count) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(fd, bytes, count, 0, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -errno : sent;
}

/// The next datagram, or with `peek` a look at it; its whole length even when it is longer than the room, or -errno.
/// What does not come from the kernel is -EPROTO.
static inline int64_t fg_netlink_receive(int fd, void *bytes, size_t count, int peek) {
    struct sockaddr_nl source;
    socklen_t length = sizeof source;
    ssize_t got = recvfrom(
        fd, bytes, count, MSG_DONTWAIT | MSG_TRUNC | (peek ? MSG_PEEK : 0), (struct sockaddr *)&source, &length);
    if (got < 0) return -errno;
    return source.nl_pid == 0 ? got : -EPROTO;
}

#endif
