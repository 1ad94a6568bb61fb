// Clock, exit and order statistics shared by the bench programs.
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define BENCH_SECOND 1000000000LL
#define BENCH_MILLISECOND 1000000LL

// CLOCK_BOOTTIME everywhere: the fleet stamps writes with it, so the two ends of a latency share one clock.
static inline int64_t boottime_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * BENCH_SECOND + now.tv_nsec;
}

// Returns early only for a signal, so that a stop request is seen at once.
static inline void sleep_until(int64_t deadline) {
    struct timespec at = {deadline / BENCH_SECOND, deadline % BENCH_SECOND};
    clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &at, NULL);
}

// The default timer slack of 50 µs would be charged to whatever is measured.
static inline void exact_timers(void) { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

__attribute__((noreturn, format(printf, 1, 2))) static inline void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static volatile sig_atomic_t stop_requested;

static inline void request_stop(int signal_number) {
    (void)signal_number;
    stop_requested = 1;
}

// No SA_RESTART: a blocked read or sleep must return when the run is over.
static inline void stop_on_signals(void) {
    struct sigaction action = {.sa_handler = request_stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static inline int ascending(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

// Nearest rank, of values already sorted; `fraction` is in (0, 1].
static inline int64_t percentile(const int64_t *sorted, size_t count, double fraction) {
    if (count == 0) return 0;
    size_t rank = (size_t)(fraction * (double)count);
    if ((double)rank < fraction * (double)count) rank += 1;
    return sorted[rank == 0 ? 0 : rank - 1];
}

static inline long parse_number(const char *option, const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0) die("--%s: '%s' is not a number", option, text);
    return value;
}

#endif
