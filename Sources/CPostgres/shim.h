// libpq, PostgreSQL's client library.
#ifndef FG_CPOSTGRES_SHIM_H
#define FG_CPOSTGRES_SHIM_H

#include <libpq-fe.h>

/// PG_DIAG_SQLSTATE is a character constant, which does not cross into Swift.
static inline const char *fg_postgres_sqlstate(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

static inline void fg_postgres_no_notice(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

/// What the server remarks without being asked ("relation exists already") is for nobody here.
static inline void fg_postgres_be_quiet(PGconn *connection) {
    PQsetNoticeReceiver(connection, fg_postgres_no_notice, NULL);
}

#endif
