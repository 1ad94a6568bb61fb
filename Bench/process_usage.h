// What the kernel says a process has used so far.
#ifndef PROCESS_USAGE_H
#define PROCESS_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct process_usage {
    int64_t cpu_us;         // utime + stime of all threads; resolution is one clock tick
    int64_t rss_kib;        // VmRSS
    int64_t peak_kib;       // VmHWM
    int64_t anonymous_kib;  // RssAnon: what no other process can share
    int64_t write_bytes;    // bytes sent towards storage; -1 where the kernel doesn't tell
};

// Returns 0, or -1 when the process is gone.
int process_usage_read(pid_t pid, struct process_usage *usage);

#endif
