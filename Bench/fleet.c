#include "fleet.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"

static int open_control(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) die("%s: too long for a unix socket", path);
    strcpy(address.sun_path, path);
    int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 10};
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (handle < 0 || connect(handle, (struct sockaddr *)&address, sizeof address) != 0)
        die("%s: %s", path, strerror(errno));
    return handle;
}

static char *ask(const char *control_path, const char *question) {
    int handle = open_control(control_path);
    if (write(handle, question, strlen(question)) != (ssize_t)strlen(question))
        die("%s: %s", control_path, strerror(errno));
    size_t length = 0, capacity = 1 << 16;
    char *line = malloc(capacity), *end = NULL;
    while (line != NULL && end == NULL) {
        if (length + 1 == capacity && (line = realloc(line, capacity *= 2)) == NULL) break;
        ssize_t count = read(handle, line + length, capacity - length - 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) die("%s: no answer from the fleet", control_path);
        end = memchr(line + length, '\n', (size_t)count);
        length += (size_t)count;
    }
    if (line == NULL) die("out of memory");
    *end = '\0';
    close(handle);
    return line;
}

char *fleet_report(const char *control_path) { return ask(control_path, "report\n"); }

void fleet_reset(const char *control_path) { free(ask(control_path, "reset\n")); }

static int64_t member(const char *object, const char *end, const char *key) {
    const char *found = strstr(object, key);
    if (found == NULL || found >= end) die("a write in the fleet's report lacks %s", key);
    found += strlen(key);
    found += strspn(found, " :");
    return strtoll(found, NULL, 10);
}

struct fleet_write *fleet_writes(const char *report, size_t *count) {
    const char *at = strstr(report, "\"writes\"");
    at = at == NULL ? NULL : strchr(at, '[');
    if (at == NULL) die("the fleet's report has no writes");
    size_t capacity = 1024;
    struct fleet_write *writes = malloc(capacity * sizeof *writes);
    *count = 0;
    for (at += 1 + strspn(at + 1, " ,"); *at == '{'; at += strspn(at, " ,")) {
        const char *end = strchr(at, '}');
        if (end == NULL) die("the fleet's report is cut short");
        if (*count == capacity) writes = realloc(writes, (capacity *= 2) * sizeof *writes);
        if (writes == NULL) die("out of memory");
        writes[(*count)++] = (struct fleet_write){member(at, end, "\"value\""), member(at, end, "\"t_ns\"")};
        at = end + 1;
    }
    return writes;
}
