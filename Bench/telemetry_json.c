#include "telemetry_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char *append_u16(char *at, unsigned value) {
    char digits[5];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (count > 0) *at++ = digits[--count];
    return at;
}

static char *append_header(char *at, const struct telemetry *message) {
    time_t seconds = message->read_at_ms / 1000;
    struct tm utc;
    gmtime_r(&seconds, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    return at + sprintf(at,
                        "{\"schema\":\"fg.tele/1\",\"gw\":\"%s\",\"epoch\":%" PRId64
                        ",\"stream\":\"telemetry\",\"seq\":%" PRIu64 ",\"dev\":\"d%d\",\"t\":\"%s.%03dZ\",\"v\":{",
                        message->gateway, message->epoch, message->seq, message->device, stamp,
                        (int)(message->read_at_ms % 1000));
}

size_t telemetry_json(char *buffer, const struct telemetry *message) {
    char *at = append_header(buffer, message);
    for (int index = 0; index < message->count; index++) {
        memcpy(at, "\"hr", 3);
        at = append_u16(at + 3, (unsigned)index);
        *at++ = '"';
        *at++ = ':';
        at = append_u16(at, message->registers[index]);
        *at++ = ',';
    }
    if (message->count > 0) at -= 1;
    *at++ = '}';
    *at++ = '}';
    return (size_t)(at - buffer);
}
