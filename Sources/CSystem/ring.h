// Memory that two processes share: files without a name, seals, and loads and stores that both sides see in order.
#ifndef FG_CSYSTEM_RING_H
#define FG_CSYSTEM_RING_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/// Everything written before the store of the value that is read here, is seen after it.
static inline uint64_t fg_load_acquire(const void *place) {
    return __atomic_load_n((const uint64_t *)place, __ATOMIC_ACQUIRE);
}

static inline void fg_store_release(void *place, uint64_t value) {
    __atomic_store_n((uint64_t *)place, value, __ATOMIC_RELEASE);
}

/// Seals of memfd_create(2), as bits: 1 no more seals, 2 no shrinking, 4 no growing, 8 no writing.
static inline int fg_seal(int fd, int seals) { return fcntl(fd, 1033 /* F_ADD_SEALS */, seals) < 0 ? -errno : 0; }

static inline int fg_seals(int fd) {
    int seals = fcntl(fd, 1034 /* F_GET_SEALS */);
    return seals < 0 ? -errno : seals;
}

/// A nameless file of zeros in memory, open to its owner only, that can be sealed.
static inline int fg_sealable_file(const char *name, int64_t length) {
    int fd = memfd_create(name, 3 /* MFD_CLOEXEC | MFD_ALLOW_SEALING */);
    if (fd < 0) return -errno;
    if (fchmod(fd, 0600) == 0 && ftruncate(fd, length) == 0) return fd;
    int status = -errno;
    close(fd);
    return status;
}

/// The file's length in bytes.
static inline int64_t fg_file_length(int fd) {
    struct stat information;
    return fstat(fd, &information) < 0 ? -errno : information.st_size;
}

/// Maps the file from its beginning, shared; NULL when the kernel refuses.
static inline void *fg_map_shared(int fd, size_t length, int writable) {
    void *memory = mmap(NULL, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static inline int fg_duplicate(int fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return copy < 0 ? -errno : copy;
}

#endif
