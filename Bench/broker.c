#include "broker.h"

#include <mqtt_protocol.h>
#include <unistd.h>

#include "bench.h"

static int accepted = -1;
static int granted = -1;

static void on_connect(struct mosquitto *client, void *context, int reason, int flags, const mosquitto_property *list) {
    (void)client, (void)context, (void)flags, (void)list;
    accepted = reason;
}

static void on_subscribe(struct mosquitto *client, void *context, int mid, int count, const int *qos) {
    (void)client, (void)context, (void)mid;
    granted = count == 1 ? qos[0] : 128;
}

static void await(struct mosquitto *client, const int *answer, const char *what) {
    int64_t deadline = boottime_ns() + 5 * BENCH_SECOND;
    while (*answer < 0) {
        int status = mosquitto_loop(client, 100, 1);
        if (status != MOSQ_ERR_SUCCESS) die("%s: %s", what, mosquitto_strerror(status));
        if (stop_requested || boottime_ns() > deadline) die("%s: no answer from the broker", what);
    }
}

struct mosquitto *broker_connect(const char *host, int port, const char *client_prefix) {
    char id[64];
    snprintf(id, sizeof id, "%s-%d", client_prefix, (int)getpid());
    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new(id, true, NULL);
    if (client == NULL) die("out of memory");
    mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_connect_v5_callback_set(client, on_connect);
    mosquitto_subscribe_callback_set(client, on_subscribe);
    int status = mosquitto_connect(client, host, port, 30);
    if (status != MOSQ_ERR_SUCCESS) die("%s:%d: %s", host, port, mosquitto_strerror(status));
    await(client, &accepted, "connect");
    if (accepted != 0) die("%s:%d refused the connection: %s", host, port, mosquitto_reason_string(accepted));
    return client;
}

void broker_subscribe(struct mosquitto *client, const char *topic) {
    granted = -1;
    int status = mosquitto_subscribe(client, NULL, topic, 1);
    if (status != MOSQ_ERR_SUCCESS) die("subscribe %s: %s", topic, mosquitto_strerror(status));
    await(client, &granted, "subscribe");
    if (granted >= 128) die("the broker refused the subscription to %s", topic);
}

void broker_close(struct mosquitto *client) {
    mosquitto_disconnect(client);
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
}
