// Memory that is never paged out, and sockets that go first.
#include <sys/mman.h>

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

// What is in memory stays there, and what comes to be used: nothing is read in ahead for it.
static inline int fg_lock_memory(void) {
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0 ? -errno : 0;
}

// Whether this thread runs with real-time priority.
static inline int fg_thread_is_fifo(void) {
    struct sched_param parameter;
    int policy = 0;
    pthread_getschedparam(pthread_self(), &policy, &parameter);
    return policy == SCHED_FIFO;
}
