// Users, groups, and sockets handed over by the service manager.
#ifndef FG_CSYSTEM_ACCOUNTS_H
#define FG_CSYSTEM_ACCOUNTS_H

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/// The number of a user; -1 when there is none of this name.
static inline int64_t fg_user_number(const char *name) {
    struct passwd *entry = getpwnam(name);
    return entry ? (int64_t)entry->pw_uid : -1;
}

/// The number of a group; -1 when there is none of this name.
static inline int64_t fg_group_number(const char *name) {
    struct group *entry = getgrnam(name);
    return entry ? (int64_t)entry->gr_gid : -1;
}

/// The first socket of sd_listen_fds(3): descriptor 3, or -1 when none was handed over to this process.
static inline int fg_activated_descriptor(void) {
    const char *count = getenv("LISTEN_FDS");
    const char *process = getenv("LISTEN_PID");
    if (!count || !process || atoi(count) < 1 || atoi(process) != getpid()) return -1;
    return 3;
}

#endif
