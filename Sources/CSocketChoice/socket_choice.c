#define _GNU_SOURCE
#include "socket_choice.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static __thread struct {
    int active;
    int priority;
    int multipath;
    char device[16];
} choice;

void fg_socket_choice_begin(const char *device, int priority, int multipath) {
    memset(&choice, 0, sizeof choice);
    choice.active = 1;
    choice.priority = priority;
    choice.multipath = multipath;
    if (device) strncpy(choice.device, device, sizeof choice.device - 1);
}

void fg_socket_choice_end(void) { choice.active = 0; }

static int plain_socket(int domain, int type, int protocol) { return (int)syscall(SYS_socket, domain, type, protocol); }

static int is_tcp(int domain, int type, int protocol) {
    return (domain == AF_INET || domain == AF_INET6) && (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM &&
           (protocol == 0 || protocol == IPPROTO_TCP);
}

int socket(int domain, int type, int protocol) {
    if (!choice.active || !is_tcp(domain, type, protocol)) return plain_socket(domain, type, protocol);
    int fd = -1;
    if (choice.multipath) fd = plain_socket(domain, type, IPPROTO_MPTCP);
    if (fd < 0) fd = plain_socket(domain, type, protocol);
    if (fd < 0) return fd;
    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &choice.priority, sizeof choice.priority);
    socklen_t length = (socklen_t)strlen(choice.device) + 1;
    if (choice.device[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, choice.device, length) < 0) {
        int code = errno;
        close(fd);
        errno = code;
        return -1;
    }
    return fd;
}
