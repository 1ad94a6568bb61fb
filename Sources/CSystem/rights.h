// Descriptors that go from one process to another over a unix socket (unix(7), SCM_RIGHTS).
#ifndef FG_CSYSTEM_RIGHTS_H
#define FG_CSYSTEM_RIGHTS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/// Sends bytes, and a descriptor beside them unless it is -1; `address` may be NULL on a connected socket.
static inline int64_t fg_send_rights(
    int socket, const void *bytes, size_t count, int fd, const void *address, int address_length, int flags
) {
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_name = (void *)address;
    message.msg_namelen = (socklen_t)address_length;
    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    ssize_t sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

/// Receives bytes and at most one descriptor, -1 when none came; children do not inherit it.
static inline int64_t fg_receive_rights(int socket, void *bytes, size_t count, int *fd, int flags) {
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec piece = {.iov_base = bytes, .iov_len = count};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.room;
    message.msg_controllen = sizeof control.room;
    *fd = -1;
    ssize_t got = recvmsg(socket, &message, flags | 0x40000000 /* MSG_CMSG_CLOEXEC */);
    if (got < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            memcpy(fd, CMSG_DATA(header), sizeof *fd);
    return got;
}

#endif
