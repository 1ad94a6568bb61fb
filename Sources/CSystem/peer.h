// Who is at the other end of a unix socket, and who is called what.
#ifndef FG_CSYSTEM_PEER_H
#define FG_CSYSTEM_PEER_H

#include <grp.h>
#include <pwd.h>

// Declared by glibc under _GNU_SOURCE only: see shim.h.
extern int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

/// The next client: not inherited by children, never blocking.
static inline int fg_accept(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/// The kernel's word on the peer's process, user and group (unix(7), SO_PEERCRED): `values` gets pid, uid, gid.
static inline int fg_peer(int fd, uint32_t values[3]) {
    socklen_t length = 12;
    return getsockopt(fd, SOL_SOCKET, 17 /* SO_PEERCRED */, values, &length) < 0 ? -errno : 0;
}

/// The peer's supplementary groups, at most `count`; how many there are.
static inline int fg_peer_groups(int fd, uint32_t *groups, int count) {
    socklen_t length = (socklen_t)count * 4;
    return getsockopt(fd, SOL_SOCKET, 59 /* SO_PEERGROUPS */, groups, &length) < 0 ? -errno : (int)(length / 4);
}

/// A user's number, -ENOENT when nobody is called so.
static inline int64_t fg_user(const char *name) {
    struct passwd *entry = getpwnam(name);
    return entry ? (int64_t)entry->pw_uid : -ENOENT;
}

static inline int64_t fg_group(const char *name) {
    struct group *entry = getgrnam(name);
    return entry ? (int64_t)entry->gr_gid : -ENOENT;
}

static inline int fg_close_on_exec(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0; }

#endif
