// libsqlite3. SQLITE_STATIC and SQLITE_TRANSIENT are casts, which do not cross into Swift.
#ifndef FG_CSQLITE_SHIM_H
#define FG_CSQLITE_SHIM_H

#include <sqlite3.h>

/// Binds bytes that stay where they are until the statement is reset.
static inline int fg_sqlite_bind_blob_static(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return sqlite3_bind_blob(statement, index, length > 0 ? bytes : "", length, SQLITE_STATIC);
}

static inline int fg_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

#endif
