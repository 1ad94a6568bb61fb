#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t wire_bytes_sent(pid_t pid, int port) {
    char command[128], owner[32];
    snprintf(command, sizeof command, "ss -tinHOp 'dport = :%d' 2>/dev/null", port);
    snprintf(owner, sizeof owner, "pid=%d,", (int)pid);
    FILE *listing = popen(command, "re");
    if (listing == NULL) return -1;
    char *line = NULL;
    size_t capacity = 0;
    int64_t total = -1;
    while (getline(&line, &capacity, listing) > 0) {
        const char *sent = strstr(line, "bytes_sent:");
        if (sent == NULL || strstr(line, owner) == NULL) continue;
        total = (total < 0 ? 0 : total) + strtoll(sent + 11, NULL, 10);
    }
    free(line);
    pclose(listing);
    return total;
}
