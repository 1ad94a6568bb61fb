// libmodbus, as FieldGate uses it: connections, serial settings, RTU framing and its CRC. Every function returns -errno.
#ifndef FG_CMODBUS_SHIM_H
#define FG_CMODBUS_SHIM_H

#include <errno.h>
#include <modbus/modbus.h>

// Macros made of enums do not cross into Swift.
enum {
    FG_EMBBADCRC = EMBBADCRC,
    FG_EMBBADDATA = EMBBADDATA,
    FG_EMBBADSLAVE = EMBBADSLAVE,
    FG_EMBMDATA = EMBMDATA,
    FG_MODBUS_RTU_MAX_ADU_LENGTH = MODBUS_RTU_MAX_ADU_LENGTH,
};

/// Connects, waiting at most `timeout_us` for the other side.
///
/// With the byte timeout off, the response timeout bounds a whole reply: a device that trickles cannot stretch it.
static inline int fg_modbus_connect(modbus_t *modbus, uint32_t timeout_us) {
    modbus_set_response_timeout(modbus, timeout_us / 1000000, timeout_us % 1000000);
    modbus_set_byte_timeout(modbus, 0, 0);
    return modbus_connect(modbus) < 0 ? -(errno ? errno : EIO) : 0;
}

/// One RTU transaction: `request` is unit and PDU, without CRC; `reply` takes a whole ADU. Returns the reply's length, 0
/// when another unit answered.
static inline int fg_modbus_rtu_transact(modbus_t *modbus, const uint8_t *request, int length, uint8_t *reply) {
    if (modbus_set_slave(modbus, request[0]) < 0) return -errno;
    modbus_flush(modbus);
    if (modbus_send_raw_request(modbus, request, length) < 0) return -errno;
    int received = modbus_receive_confirmation(modbus, reply);
    return received < 0 ? -errno : received;
}

static inline int fg_modbus_use_rs485(modbus_t *modbus) {
    return modbus_rtu_set_serial_mode(modbus, MODBUS_RTU_RS485) < 0 ? -errno : 0;
}

static inline const char *fg_modbus_error(int code) { return modbus_strerror(code); }

#endif
