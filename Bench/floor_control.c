// The floor under remote control: a drive is written inside the callback that the frame arrives in, unchecked.
//
// Over MQTT inside libmosquitto's message callback, with --udp behind recv. No key, no age, no session: the set-points
// are taken from where a command frame has them, and written to the loader's drive block under a permit of its own.
#include <arpa/inet.h>
#include <getopt.h>
#include <modbus/modbus.h>
#include <sched.h>
#include <unistd.h>

#include "bench.h"
#include "broker.h"

// Docs/control-wire.md: bytes of a command, those of a direct packet's header before it, and where the axes are.
enum { COMMAND_BYTES = 84, HEADER_BYTES = 15, AXES_AT = 64 };
// Docs/simulators.md, remote control of the loader.
enum { DRIVE = 100, ARM = 120, BRAKE_REQUEST = 142, SPEED_CAP = 1200 };

struct sink {
    modbus_t *bus;
    uint16_t counter;
};

static void drive(struct sink *sink, const uint8_t *frame) {
    static const uint16_t arm[7] = {0, 0, 0, 1, 0, 0, 1};
    if (sink->counter == 0 && modbus_write_registers(sink->bus, ARM, 7, arm) != 7)
        die("arm: %s", modbus_strerror(errno));
    uint16_t block[13] = {0, 0, 0, 1, 0, 0, ++sink->counter, 1};
    for (int axis = 0; axis < 4; axis++)
        block[8 + axis] = (uint16_t)(frame[AXES_AT + 2 * axis] << 8 | frame[AXES_AT + 2 * axis + 1]);
    block[12] = SPEED_CAP;
    if (modbus_write_registers(sink->bus, DRIVE, 13, block) != 13) die("write: %s", modbus_strerror(errno));
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client;
    if (message->payloadlen >= COMMAND_BYTES) drive(context, message->payload);
}

static void serve_udp(struct sink *sink, int port) {
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (handle < 0 || bind(handle, (struct sockaddr *)&own, sizeof own) != 0) die("port %d: %s", port, strerror(errno));
    uint8_t packet[256];
    while (!stop_requested) {
        ssize_t count = recv(handle, packet, sizeof packet, 0);
        if (count >= HEADER_BYTES + COMMAND_BYTES) drive(sink, packet + HEADER_BYTES);
    }
    close(handle);
}

static void serve_broker(struct sink *sink, const char *broker, int port, const char *topic) {
    struct mosquitto *client = broker_connect(broker, port, "floor-control");
    mosquitto_user_data_set(client, sink);
    mosquitto_message_callback_set(client, on_message);
    broker_subscribe(client, topic);
    while (!stop_requested) {
        int status = mosquitto_loop(client, 1000, 1);
        if (status == MOSQ_ERR_ERRNO && errno == EINTR) continue;
        if (status != MOSQ_ERR_SUCCESS && !stop_requested) die("broker: %s", mosquitto_strerror(status));
    }
    broker_close(client);
}

int main(int count, char **arguments) {
    const char *broker = "127.0.0.1", *topic = "fg/v1/floor/ctl/loader/cmd";
    int port = 15020, broker_port = 1883, udp = 0, priority = 0;
    enum { PORT = 1, BROKER, BROKER_PORT, TOPIC, UDP, FIFO };
    static const struct option table[] = {{"port", 1, 0, PORT},   {"broker", 1, 0, BROKER}, {"broker-port", 1, 0, BROKER_PORT},
                                          {"topic", 1, 0, TOPIC}, {"udp", 1, 0, UDP},       {"fifo", 1, 0, FIFO}, {0}};
    int option, index = 0;
    while ((option = getopt_long(count, arguments, "", table, &index)) != -1) {
        const char *name = table[index].name;
        switch (option) {
        case PORT: port = (int)parse_number(name, optarg); break;
        case BROKER: broker = optarg; break;
        case BROKER_PORT: broker_port = (int)parse_number(name, optarg); break;
        case TOPIC: topic = optarg; break;
        case UDP: udp = (int)parse_number(name, optarg); break;
        case FIFO: priority = (int)parse_number(name, optarg); break;
        default: exit(2);
        }
    }
    stop_on_signals();
    struct sched_param fifo = {.sched_priority = priority};
    if (priority > 0 && sched_setscheduler(0, SCHED_FIFO, &fifo) != 0) die("--fifo: %s", strerror(errno));
    struct sink sink = {modbus_new_tcp("127.0.0.1", port), 0};
    if (sink.bus == NULL || modbus_set_slave(sink.bus, 1) != 0 || modbus_connect(sink.bus) != 0)
        die("127.0.0.1:%d: %s", port, modbus_strerror(errno));
    if (modbus_write_register(sink.bus, BRAKE_REQUEST, 0) != 1) die("brake: %s", modbus_strerror(errno));
    if (udp > 0)
        serve_udp(&sink, udp);
    else
        serve_broker(&sink, broker, broker_port, topic);
    modbus_free(sink.bus);
    return 0;
}
