// Bytes a process has handed to TCP on its connections to one local port, as the kernel counted them.
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include <sys/types.h>

// -1 where ss isn't installed or shows no such connection.
int64_t wire_bytes_sent(pid_t pid, int port);

#endif
