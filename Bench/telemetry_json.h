// Writes one fg.tele/1 message of registers hr0, hr1, … into a caller's buffer.
#ifndef TELEMETRY_JSON_H
#define TELEMETRY_JSON_H

#include <stddef.h>
#include <stdint.h>

// Room for a message of `registers` values: names and values have at most five digits each.
#define TELEMETRY_JSON_CAPACITY(registers) (256 + 16 * (size_t)(registers))

struct telemetry {
    const char *gateway;
    int64_t epoch;
    uint64_t seq;
    int device;
    int64_t read_at_ms;  // UTC
    const uint16_t *registers;
    int count;
};

size_t telemetry_json(char *buffer, const struct telemetry *message);

#endif
