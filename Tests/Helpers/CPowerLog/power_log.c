#include "power_log.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

struct noted_file {
    sqlite3_file base;
    uint32_t number;
    sqlite3_file *real; // stands behind this struct
};

static sqlite3_vfs noting;
static sqlite3_vfs *under;
static int log_file = -1;
static uint32_t files;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static void note(char kind, uint32_t file, uint64_t offset, const void *bytes, uint32_t length) {
    unsigned char head[17];
    head[0] = (unsigned char)kind;
    memcpy(head + 1, &file, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &length, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
    // One call: the record is whole or absent when the process is killed.
    (void)!writev(log_file, parts, length > 0 ? 2 : 1);
}

#define REAL(file) (((struct noted_file *)(file))->real)
#define NUMBER(file) (((struct noted_file *)(file))->number)

static int close_file(sqlite3_file *file) { return REAL(file)->pMethods->xClose(REAL(file)); }

static int read_file(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    return REAL(file)->pMethods->xRead(REAL(file), bytes, count, offset);
}

static int write_file(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    pthread_mutex_lock(&order);
    int status = REAL(file)->pMethods->xWrite(REAL(file), bytes, count, offset);
    if (status == SQLITE_OK) note('W', NUMBER(file), (uint64_t)offset, bytes, (uint32_t)count);
    pthread_mutex_unlock(&order);
    return status;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
    pthread_mutex_lock(&order);
    int status = REAL(file)->pMethods->xTruncate(REAL(file), size);
    if (status == SQLITE_OK) note('T', NUMBER(file), (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&order);
    return status;
}

static int sync_file(sqlite3_file *file, int flags) {
    pthread_mutex_lock(&order);
    int status = REAL(file)->pMethods->xSync(REAL(file), flags);
    if (status == SQLITE_OK) note('S', NUMBER(file), 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return status;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return REAL(file)->pMethods->xFileSize(REAL(file), size);
}
static int lock_file(sqlite3_file *file, int level) { return REAL(file)->pMethods->xLock(REAL(file), level); }
static int unlock_file(sqlite3_file *file, int level) { return REAL(file)->pMethods->xUnlock(REAL(file), level); }
static int reserved_lock(sqlite3_file *file, int *result) {
    return REAL(file)->pMethods->xCheckReservedLock(REAL(file), result);
}
static int sector_size(sqlite3_file *file) { return REAL(file)->pMethods->xSectorSize(REAL(file)); }
// A torn write may leave anything: SQLite must not rely on more.
static int device_characteristics(sqlite3_file *file) {
    (void)file;
    return 0;
}

static int control_file(sqlite3_file *file, int operation, void *argument) {
    // A hint of how large the file will be makes it longer behind the log's back.
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
    return REAL(file)->pMethods->xFileControl(REAL(file), operation, argument);
}

static int map_memory(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, memory);
}
static int lock_memory(sqlite3_file *file, int offset, int count, int flags) {
    return REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags);
}
static void memory_barrier(sqlite3_file *file) { REAL(file)->pMethods->xShmBarrier(REAL(file)); }
static int unmap_memory(sqlite3_file *file, int remove) { return REAL(file)->pMethods->xShmUnmap(REAL(file), remove); }

// Version 2: with shared memory for the write-ahead log, without mapped pages, whose writes nobody would see.
static const sqlite3_io_methods methods = {
    2,           close_file,     read_file,   write_file,   truncate_file, sync_file,
    file_size,   lock_file,      unlock_file, reserved_lock, control_file,  sector_size,
    device_characteristics, map_memory, lock_memory, memory_barrier, unmap_memory, NULL,
    NULL,
};

static int open_file(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    struct noted_file *noted = (struct noted_file *)file;
    memset(noted, 0, sizeof *noted);
    noted->real = (sqlite3_file *)(noted + 1);
    int status = under->xOpen(under, path, noted->real, flags, out);
    // SQLite closes what has methods, even where opening failed.
    if (noted->real->pMethods != NULL) noted->base.pMethods = &methods;
    if (status != SQLITE_OK) return status;
    pthread_mutex_lock(&order);
    noted->number = ++files;
    if (path != NULL) note('N', noted->number, 0, path, (uint32_t)strlen(path));
    pthread_mutex_unlock(&order);
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int sync) {
    (void)vfs;
    pthread_mutex_lock(&order);
    int status = under->xDelete(under, path, sync);
    if (status == SQLITE_OK) note('D', 0, 0, path, (uint32_t)strlen(path));
    pthread_mutex_unlock(&order);
    return status;
}

int power_log_begin(const char *log_path) {
    under = sqlite3_vfs_find(NULL);
    if (under == NULL) return SQLITE_ERROR;
    log_file = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (log_file < 0) return SQLITE_CANTOPEN;
    noting = *under;
    noting.szOsFile = (int)sizeof(struct noted_file) + under->szOsFile;
    noting.zName = "power-log";
    noting.xOpen = open_file;
    noting.xDelete = delete_file;
    noting.pNext = NULL;
    return sqlite3_vfs_register(&noting, 1);
}

void power_log_mark(uint64_t value) {
    pthread_mutex_lock(&order);
    note('M', 0, value, NULL, 0);
    pthread_mutex_unlock(&order);
}
