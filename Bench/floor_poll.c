// The floor under the gateway's polling: one loop, libmodbus, libmosquitto, no spool, no report policy.
#include <getopt.h>
#include <modbus/modbus.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"
#include "broker.h"
#include "process_usage.h"
#include "telemetry_json.h"

#define MOST_DEVICES 64
#define BLOCK MODBUS_MAX_READ_REGISTERS

struct options {
    const char *host, *broker, *gateway;
    int port, broker_port, devices, registers;
    long period_ms, seconds, skip;
    bool poll_only;
};

struct poller {
    struct options options;
    modbus_t *devices[MOST_DEVICES];
    struct mosquitto *client;
    uint16_t *registers;
    char *payload;
    int64_t epoch;
    uint64_t seq, values, transactions, overruns;
};

static struct options parse(int count, char **arguments) {
    struct options options = {"127.0.0.1", "127.0.0.1", "bench", 21000, 21883, 10, 1000, 100, 10, 1, false};
    enum { HOST = 1, PORT, BROKER, BROKER_PORT, GATEWAY, DEVICES, REGISTERS, PERIOD, SECONDS, SKIP, POLL_ONLY };
    static const struct option table[] = {
        {"host", 1, 0, HOST},           {"port", 1, 0, PORT},       {"broker", 1, 0, BROKER},
        {"broker-port", 1, 0, BROKER_PORT}, {"gateway", 1, 0, GATEWAY}, {"devices", 1, 0, DEVICES},
        {"registers", 1, 0, REGISTERS}, {"period-ms", 1, 0, PERIOD}, {"seconds", 1, 0, SECONDS},
        {"skip", 1, 0, SKIP},           {"poll-only", 0, 0, POLL_ONLY}, {0}};
    int option, index = 0;
    while ((option = getopt_long(count, arguments, "", table, &index)) != -1) {
        const char *name = table[index].name;
        switch (option) {
        case HOST: options.host = optarg; break;
        case PORT: options.port = (int)parse_number(name, optarg); break;
        case BROKER: options.broker = optarg; break;
        case BROKER_PORT: options.broker_port = (int)parse_number(name, optarg); break;
        case GATEWAY: options.gateway = optarg; break;
        case DEVICES: options.devices = (int)parse_number(name, optarg); break;
        case REGISTERS: options.registers = (int)parse_number(name, optarg); break;
        case PERIOD: options.period_ms = parse_number(name, optarg); break;
        case SECONDS: options.seconds = parse_number(name, optarg); break;
        case SKIP: options.skip = parse_number(name, optarg); break;
        case POLL_ONLY: options.poll_only = true; break;
        default: exit(2);
        }
    }
    if (options.devices < 1 || options.devices > MOST_DEVICES) die("--devices: 1 to %d", MOST_DEVICES);
    if (options.registers < 1 || options.registers > 65536) die("--registers: 1 to 65536");
    if (options.period_ms < 1) die("--period-ms: at least 1");
    return options;
}

static void open_devices(struct poller *poller) {
    for (int device = 0; device < poller->options.devices; device++) {
        modbus_t *bus = modbus_new_tcp(poller->options.host, poller->options.port + device);
        if (bus == NULL || modbus_set_slave(bus, 1) != 0 || modbus_connect(bus) != 0)
            die("%s:%d: %s", poller->options.host, poller->options.port + device, modbus_strerror(errno));
        poller->devices[device] = bus;
    }
}

static void read_device(struct poller *poller, int device) {
    for (int first = 0; first < poller->options.registers; first += BLOCK) {
        int left = poller->options.registers - first, count = left < BLOCK ? left : BLOCK;
        if (modbus_read_registers(poller->devices[device], first, count, poller->registers + first) != count)
            die("device %d, register %d: %s", device, first, modbus_strerror(errno));
        poller->transactions += 1;
    }
    poller->values += (uint64_t)poller->options.registers;
}

static void publish_device(struct poller *poller, int device) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct telemetry message = {
        .gateway = poller->options.gateway, .epoch = poller->epoch, .seq = ++poller->seq, .device = device,
        .read_at_ms = now.tv_sec * 1000LL + now.tv_nsec / BENCH_MILLISECOND,
        .registers = poller->registers, .count = poller->options.registers};
    size_t length = telemetry_json(poller->payload, &message);
    char topic[128];
    snprintf(topic, sizeof topic, "fg/v1/%s/tele/d%d", poller->options.gateway, device);
    int status = mosquitto_publish(poller->client, NULL, topic, (int)length, poller->payload, 1, false);
    if (status != MOSQ_ERR_SUCCESS) die("publish: %s", mosquitto_strerror(status));
}

// Acknowledgements are taken in one go, once a period: a wake-up for each would not be a floor.
static void serve_broker(struct poller *poller) {
    int status = mosquitto_loop_read(poller->client, 1);
    while (status == MOSQ_ERR_SUCCESS && mosquitto_want_write(poller->client))
        status = mosquitto_loop(poller->client, 1, 1);
    if (status == MOSQ_ERR_SUCCESS) status = mosquitto_loop_misc(poller->client);
    if (status != MOSQ_ERR_SUCCESS) die("broker: %s", mosquitto_strerror(status));
}

static void one_period(struct poller *poller) {
    for (int device = 0; device < poller->options.devices; device++) {
        read_device(poller, device);
        if (!poller->options.poll_only) publish_device(poller, device);
    }
    if (!poller->options.poll_only) serve_broker(poller);
}

static double own_cpu_us(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void run(struct poller *poller) {
    int64_t period = poller->options.period_ms * BENCH_MILLISECOND;
    int64_t next = boottime_ns() + period, began = next + poller->options.skip * BENCH_SECOND;
    int64_t end = began + poller->options.seconds * BENCH_SECOND;
    double cpu = own_cpu_us();
    int64_t measured_from = next;
    bool warming = poller->options.skip > 0;
    for (; next < end; next += period) {
        sleep_until(next);
        if (stop_requested) break;
        if (warming && next >= began) {
            warming = false, cpu = own_cpu_us(), measured_from = boottime_ns();
            poller->values = poller->transactions = poller->overruns = 0;
        }
        one_period(poller);
        if (boottime_ns() > next + period) poller->overruns += 1;
    }
    if (!stop_requested) sleep_until(end);
    cpu = own_cpu_us() - cpu;
    struct process_usage usage = {0};
    process_usage_read(getpid(), &usage);
    printf("{\"cpu_us_per_value\":%.4f,\"cpu_us_per_transaction\":%.2f,\"rss_mb\":%.2f,\"values\":%llu,"
           "\"seconds\":%.3f,\"overruns\":%llu}\n",
           cpu / (double)(poller->values ? poller->values : 1),
           cpu / (double)(poller->transactions ? poller->transactions : 1), (double)usage.rss_kib / 1024,
           (unsigned long long)poller->values, (double)(boottime_ns() - measured_from) / BENCH_SECOND,
           (unsigned long long)poller->overruns);
}

int main(int count, char **arguments) {
    static struct poller poller;
    poller.options = parse(count, arguments);
    poller.epoch = time(NULL);
    poller.registers = calloc((size_t)poller.options.registers + BLOCK, sizeof *poller.registers);
    poller.payload = malloc(TELEMETRY_JSON_CAPACITY(poller.options.registers));
    if (poller.registers == NULL || poller.payload == NULL) die("out of memory");
    stop_on_signals();
    exact_timers();
    open_devices(&poller);
    if (!poller.options.poll_only)
        poller.client = broker_connect(poller.options.broker, poller.options.broker_port, "floor-poll");
    run(&poller);
    if (poller.client != NULL) broker_close(poller.client);
    for (int device = 0; device < poller.options.devices; device++) modbus_free(poller.devices[device]);
    free(poller.registers);
    free(poller.payload);
    return 0;
}
