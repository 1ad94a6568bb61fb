// The floor under a command: the register is written inside the library's own message callback, unchecked.
#include <getopt.h>
#include <modbus/modbus.h>
#include <unistd.h>

#include "bench.h"
#include "broker.h"

struct sink {
    modbus_t *bus;
    int address;
};

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client;
    const struct sink *sink = context;
    // libmosquitto ends every payload with a NUL that payloadlen doesn't count.
    const char *value = message->payload ? strstr(message->payload, "\"value\":") : NULL;
    if (value == NULL) return;
    if (modbus_write_register(sink->bus, sink->address, (uint16_t)atoi(value + 8)) != 1)
        die("write: %s", modbus_strerror(errno));
}

int main(int count, char **arguments) {
    const char *host = "127.0.0.1", *broker = "127.0.0.1", *topic = "fg/v1/floor/cmd/d0";
    int port = 21000, broker_port = 21883, address = 40000;
    enum { HOST = 1, PORT, BROKER, BROKER_PORT, TOPIC, ADDRESS };
    static const struct option table[] = {{"host", 1, 0, HOST},     {"port", 1, 0, PORT},
                                          {"broker", 1, 0, BROKER}, {"broker-port", 1, 0, BROKER_PORT},
                                          {"topic", 1, 0, TOPIC},   {"address", 1, 0, ADDRESS}, {0}};
    int option, index = 0;
    while ((option = getopt_long(count, arguments, "", table, &index)) != -1) {
        const char *name = table[index].name;
        switch (option) {
        case HOST: host = optarg; break;
        case PORT: port = (int)parse_number(name, optarg); break;
        case BROKER: broker = optarg; break;
        case BROKER_PORT: broker_port = (int)parse_number(name, optarg); break;
        case TOPIC: topic = optarg; break;
        case ADDRESS: address = (int)parse_number(name, optarg); break;
        default: exit(2);
        }
    }
    stop_on_signals();
    struct sink sink = {modbus_new_tcp(host, port), address};
    if (sink.bus == NULL || modbus_set_slave(sink.bus, 1) != 0 || modbus_connect(sink.bus) != 0)
        die("%s:%d: %s", host, port, modbus_strerror(errno));
    struct mosquitto *client = broker_connect(broker, broker_port, "floor-command");
    mosquitto_user_data_set(client, &sink);
    mosquitto_message_callback_set(client, on_message);
    broker_subscribe(client, topic);
    while (!stop_requested) {
        int status = mosquitto_loop(client, 1000, 1);
        if (status == MOSQ_ERR_ERRNO && errno == EINTR) continue;
        if (status != MOSQ_ERR_SUCCESS && !stop_requested) die("broker: %s", mosquitto_strerror(status));
    }
    broker_close(client);
    modbus_free(sink.bus);
    return 0;
}
