#include "process_usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *open_proc(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

static int64_t field(pid_t pid, const char *name, const char *key) {
    FILE *file = open_proc(pid, name);
    if (file == NULL) return -1;
    char line[256];
    int64_t value = -1;
    size_t length = strlen(key);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, length) == 0 && sscanf(line + length, " %" SCNd64, &value) == 1) break;
    }
    fclose(file);
    return value;
}

static int64_t cpu_us(pid_t pid) {
    FILE *file = open_proc(pid, "stat");
    if (file == NULL) return -1;
    char line[1024];
    char *text = fgets(line, sizeof line, file);
    fclose(file);
    // The command name may hold blanks and parentheses: fields are counted from its last ')'.
    if (text == NULL || (text = strrchr(line, ')')) == NULL) return -1;
    int64_t user, system;
    if (sscanf(text + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64, &user, &system) != 2)
        return -1;
    return (user + system) * (1000000 / sysconf(_SC_CLK_TCK));
}

int process_usage_read(pid_t pid, struct process_usage *usage) {
    usage->cpu_us = cpu_us(pid);
    usage->rss_kib = field(pid, "status", "VmRSS:");
    usage->peak_kib = field(pid, "status", "VmHWM:");
    usage->anonymous_kib = field(pid, "status", "RssAnon:");
    usage->write_bytes = field(pid, "io", "write_bytes:");
    // A zombie still has a stat line but no memory: it has ended all the same.
    return usage->cpu_us < 0 || usage->rss_kib < 0 ? -1 : 0;
}
