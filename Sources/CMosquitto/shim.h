// libmosquitto 2. Callbacks are set before the connection is made, never inside one another.
#ifndef FG_CMOSQUITTO_SHIM_H
#define FG_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>

/// CONNECT properties of a session that outlives its connection. Freed with mosquitto_property_free_all.
static inline mosquitto_property *fg_mqtt_session_expiry(uint32_t seconds) {
    mosquitto_property *properties = NULL;
    mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, seconds);
    return properties;
}

/// The broker's receive maximum (MQTT 5, 3.2.2.3.3), 65535 when it names none.
static inline uint16_t fg_mqtt_receive_maximum(const mosquitto_property *properties) {
    uint16_t value = 65535;
    mosquitto_property_read_int16(properties, MQTT_PROP_RECEIVE_MAXIMUM, &value, false);
    return value;
}

/// The largest packet the broker takes (MQTT 5, 3.2.2.3.6), 0 when it names none.
static inline uint32_t fg_mqtt_maximum_packet(const mosquitto_property *properties) {
    uint32_t value = 0;
    mosquitto_property_read_int32(properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &value, false);
    return value;
}

static inline int fg_mqtt_use_version_5(struct mosquitto *connection) {
    return mosquitto_int_option(connection, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
}

static inline int fg_mqtt_no_delay(struct mosquitto *connection) {
    return mosquitto_int_option(connection, MOSQ_OPT_TCP_NODELAY, 1);
}

/// Subscribes with QoS 1; the broker leaves the RETAIN flag as the publisher set it.
static inline int fg_mqtt_subscribe(struct mosquitto *connection, int *mid, const char *topic) {
    return mosquitto_subscribe_v5(connection, mid, topic, 1, MQTT_SUB_OPT_RETAIN_AS_PUBLISHED, NULL);
}

/// As above, and what the broker has retained is never sent for it (MQTT 5, 3.8.3.1).
static inline int fg_mqtt_subscribe_live(struct mosquitto *connection, int *mid, const char *topic, int quality) {
    int options = MQTT_SUB_OPT_RETAIN_AS_PUBLISHED | MQTT_SUB_OPT_SEND_RETAIN_NEVER;
    return mosquitto_subscribe_v5(connection, mid, topic, quality, options, NULL);
}

#endif
