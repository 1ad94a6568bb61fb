// Counts what arrived on the telemetry topics, and what should have.
#ifndef TELEMETRY_COUNT_H
#define TELEMETRY_COUNT_H

#include <stddef.h>
#include <stdint.h>

struct telemetry_count {
    uint64_t messages, values, payload_bytes, packet_bytes;
    uint64_t unreadable;
};

struct sequence_count {
    uint64_t streams, missing, repeated, out_of_order;
};

// `payload` must be followed by a NUL. Cheap on purpose: it looks for keys, it doesn't parse JSON.
void telemetry_count_add(struct telemetry_count *count, const char *topic, const char *payload, size_t length);

// Over every (epoch, stream) seen since the start; a sequence begins with the lowest number seen.
struct sequence_count telemetry_sequences(void);

#endif
