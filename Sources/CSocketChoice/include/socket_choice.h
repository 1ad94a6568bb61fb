// How the TCP sockets that a library opens on this thread are made. libmosquitto 2.0 opens its socket itself and has no
// hook for it, so this program's own `socket` stands before the C library's: the dynamic linker takes the first.
#ifndef FG_SOCKET_CHOICE_H
#define FG_SOCKET_CHOICE_H

/// From now on TCP sockets made by this thread go out of `device` (NULL or empty: any), with this socket priority
/// (0–6), and speak Multipath TCP where `multipath` is not 0 and the kernel has it.
void fg_socket_choice_begin(const char *device, int priority, int multipath);

/// Sockets of this thread are the C library's again.
void fg_socket_choice_end(void);

#endif
