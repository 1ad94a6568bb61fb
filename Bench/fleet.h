// The device fleet's side of a run, asked over its control socket.
#ifndef FLEET_H
#define FLEET_H

#include <stddef.h>
#include <stdint.h>

struct fleet_write {
    int64_t value;
    int64_t at_ns;  // CLOCK_BOOTTIME, when the fleet had read the request
};

// Everything since the last reset: one line of JSON without its newline, to be freed.
// Both end the program with a reason when the fleet doesn't answer.
char *fleet_report(const char *control_path);
void fleet_reset(const char *control_path);

// Reads the objects of `writes` out of a report; the result is to be freed.
struct fleet_write *fleet_writes(const char *report, size_t *count);

#endif
