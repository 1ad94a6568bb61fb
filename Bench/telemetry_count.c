#include "telemetry_count.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STREAMS 32
#define BELOW_FIRST 65536  // how far under the first number seen a late one may be

struct sequence {
    int64_t epoch;
    char stream[32];
    uint64_t base, lowest, highest, distinct, repeated, out_of_order;
    uint8_t *seen;
    size_t bytes;
};

static struct sequence sequences[MOST_STREAMS];
static size_t sequence_count;

static struct sequence *sequence_of(int64_t epoch, const char *stream, size_t length, uint64_t seq) {
    for (size_t index = 0; index < sequence_count; index++) {
        struct sequence *each = &sequences[index];
        if (each->epoch == epoch && strlen(each->stream) == length && memcmp(each->stream, stream, length) == 0)
            return each;
    }
    if (sequence_count == MOST_STREAMS || length >= sizeof sequences->stream) return NULL;
    struct sequence *added = &sequences[sequence_count++];
    added->epoch = epoch;
    memcpy(added->stream, stream, length);
    added->base = seq > BELOW_FIRST ? seq - BELOW_FIRST : 0;
    added->lowest = added->highest = seq;
    return added;
}

static bool mark(struct sequence *sequence, uint64_t seq) {
    if (seq < sequence->base || seq - sequence->base > (1u << 26)) return false;
    size_t at = (size_t)(seq - sequence->base), byte = at / 8;
    if (byte >= sequence->bytes) {
        size_t wanted = byte * 2 + 4096;
        uint8_t *larger = realloc(sequence->seen, wanted);
        if (larger == NULL) return false;
        memset(larger + sequence->bytes, 0, wanted - sequence->bytes);
        sequence->seen = larger, sequence->bytes = wanted;
    }
    uint8_t bit = (uint8_t)(1 << (at % 8));
    if (sequence->seen[byte] & bit) {
        sequence->repeated += 1;
        return true;
    }
    sequence->seen[byte] |= bit;
    sequence->distinct += 1;
    sequence->out_of_order += seq < sequence->highest;
    if (seq < sequence->lowest) sequence->lowest = seq;
    if (seq > sequence->highest) sequence->highest = seq;
    return true;
}

static const char *after(const char *text, const char *key) {
    const char *found = text == NULL ? NULL : strstr(text, key);
    return found == NULL ? NULL : found + strlen(key);
}

static bool note_sequence(const char *payload) {
    const char *epoch = after(payload, "\"epoch\":"), *stream = after(payload, "\"stream\":\"");
    const char *seq = after(payload, "\"seq\":"), *end = stream == NULL ? NULL : strchr(stream, '"');
    if (epoch == NULL || seq == NULL || end == NULL) return false;
    uint64_t number = strtoull(seq, NULL, 10);
    struct sequence *sequence = sequence_of(strtoll(epoch, NULL, 10), stream, (size_t)(end - stream), number);
    return sequence != NULL && mark(sequence, number);
}

static uint64_t values_in(const char *payload) {
    const char *at = after(payload, "\"v\":{");
    if (at == NULL || *at == '}') return 0;
    uint64_t values = 1;
    for (; *at != '\0' && *at != '}'; at++) values += *at == ',';
    return values;
}

// PUBLISH at QoS 1, MQTT 5, no properties: what a packet of this payload takes on the wire, TCP and IP aside.
static uint64_t packet_bytes(size_t topic, size_t payload) {
    uint64_t remaining = 2 + topic + 2 + 1 + payload, header = 2;
    for (uint64_t left = remaining; left >= 128; left /= 128) header += 1;
    return header + remaining;
}

void telemetry_count_add(struct telemetry_count *count, const char *topic, const char *payload, size_t length) {
    count->messages += 1;
    count->payload_bytes += length;
    count->packet_bytes += packet_bytes(strlen(topic), length);
    count->values += values_in(payload);
    if (!note_sequence(payload)) count->unreadable += 1;
}

struct sequence_count telemetry_sequences(void) {
    struct sequence_count total = {.streams = sequence_count};
    for (size_t index = 0; index < sequence_count; index++) {
        const struct sequence *each = &sequences[index];
        if (each->distinct > 0) total.missing += each->highest - each->lowest + 1 - each->distinct;
        total.repeated += each->repeated;
        total.out_of_order += each->out_of_order;
    }
    return total;
}
