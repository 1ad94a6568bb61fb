// A VFS of SQLite that notes what reaches the disk and when it is safe there, so that a test can make the disk that a power
// cut would have left.
#ifndef POWER_LOG_H
#define POWER_LOG_H

#include <stdint.h>

// From here on every file that SQLite opens is noted in `log_path`, whose records are, little endian:
//   u8 kind, u32 file, u64 offset, u32 length, then `length` bytes.
// kind: 'N' the file gets its number, bytes are its path; 'W' written; 'T' cut at `offset`; 'S' synced;
//       'D' deleted, bytes are its path; 'M' a mark, `offset` is its value.
// Returns 0, or an SQLite error.
int power_log_begin(const char *log_path);

// What the program has told its peers by now.
void power_log_mark(uint64_t value);

#endif
