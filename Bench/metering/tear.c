/* Preloaded into a process: of the writes to files below $TEAR_UNDER, the one at which the count in the file that
   $TEAR_COUNT names comes to zero is done by half, and the process is killed at it. Zero from the beginning: none is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes left, and of the torn one how many 256ths are done. */
struct order {
    _Atomic int64_t left;
    int64_t share;
};
static struct order *order;
static const char *under;

__attribute__((constructor)) static void map_order(void) {
    const char *path = getenv("TEAR_COUNT");
    under = getenv("TEAR_UNDER");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct order), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED && under) order = page;
    if (file >= 0) close(file);
}

static int is_below(int file) {
    char link[64], path[4096];
    struct stat about;
    if (fstat(file, &about) || !S_ISREG(about.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > 0 && !strncmp(path, under, strlen(under));
}

/* How many bytes of `count` to write before the end; -1: all, and no end. */
static ssize_t torn(int file, size_t count) {
    if (!order || atomic_load(&order->left) <= 0 || !is_below(file)) return -1;
    if (atomic_fetch_sub(&order->left, 1) != 1) return -1;
    return (ssize_t)(count * (uint64_t)order->share / 256);
}

ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    ssize_t part = torn(file, count);
    if (part < 0) return real(file, bytes, count);
    if (part > 0 && real(file, bytes, (size_t)part) < 0) _exit(1);
    raise(SIGKILL);
    return -1;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    ssize_t part = torn(file, count);
    if (part < 0) return real(file, bytes, count, place);
    if (part > 0 && real(file, bytes, (size_t)part, place) < 0) _exit(1);
    raise(SIGKILL);
    return -1;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) { return pwrite64(file, bytes, count, place); }
