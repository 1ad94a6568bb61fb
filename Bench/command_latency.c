// Sends commands on a schedule fixed beforehand and asks the fleet when each became a write request.
// A latency runs from the intended time of sending: a late driver or a stalled broker can't hide its own delay.
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>

#include "bench.h"
#include "broker.h"
#include "fleet.h"

struct options {
    const char *broker, *topic, *payload, *control, *save;
    int port;
    long rate, seconds, skip, first_value;
};

struct command {
    int64_t intended_ns, sent_ns, written_ns;
    int writes;
};

static struct options parse(int count, char **arguments) {
    struct options options = {
        .broker = "127.0.0.1", .topic = "fg/v1/bench/cmd/d0",
        .payload = "{\"id\":\"{id}\",\"point\":\"target\",\"value\":{value}}",
        .port = 21883, .rate = 50, .seconds = 60, .skip = 5, .first_value = 1};
    enum { BROKER = 1, PORT, TOPIC, PAYLOAD, CONTROL, RATE, SECONDS, SKIP, FIRST, SAVE };
    static const struct option table[] = {
        {"broker", 1, 0, BROKER},   {"broker-port", 1, 0, PORT}, {"topic", 1, 0, TOPIC}, {"payload", 1, 0, PAYLOAD},
        {"control", 1, 0, CONTROL}, {"rate", 1, 0, RATE},        {"seconds", 1, 0, SECONDS}, {"skip", 1, 0, SKIP},
        {"first-value", 1, 0, FIRST}, {"save-report", 1, 0, SAVE}, {0}};
    int option, index = 0;
    while ((option = getopt_long(count, arguments, "", table, &index)) != -1) {
        const char *name = table[index].name;
        switch (option) {
        case BROKER: options.broker = optarg; break;
        case PORT: options.port = (int)parse_number(name, optarg); break;
        case TOPIC: options.topic = optarg; break;
        case PAYLOAD: options.payload = optarg; break;
        case CONTROL: options.control = optarg; break;
        case RATE: options.rate = parse_number(name, optarg); break;
        case SECONDS: options.seconds = parse_number(name, optarg); break;
        case SKIP: options.skip = parse_number(name, optarg); break;
        case SAVE: options.save = optarg; break;
        case FIRST: options.first_value = parse_number(name, optarg); break;
        default: exit(2);
        }
    }
    if (options.control == NULL) die("--control is needed: the fleet's control socket");
    if (options.rate < 1) die("--rate: at least 1 a second");
    // The written value is what a command is recognised by, so it must be its own within 16 bits.
    if (options.first_value + options.rate * (options.seconds + options.skip) > 65535)
        die("more commands than values: lower --rate, --seconds or --first-value");
    return options;
}

// Each command falls anywhere in its slot, so the schedule can't lock to a poll period; the same on every run.
static void schedule(struct command *commands, size_t count, int64_t start, int64_t slot) {
    uint64_t state = 0x9e3779b97f4a7c15;
    for (size_t index = 0; index < count; index++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        commands[index].intended_ns = start + (int64_t)index * slot + (int64_t)((state >> 33) % (uint64_t)slot);
    }
}

static void fill(char *payload, size_t capacity, const char *template, const char *id, long value) {
    size_t length = 0;
    while (*template != '\0' && length + 64 < capacity) {
        if (strncmp(template, "{id}", 4) == 0) {
            length += (size_t)sprintf(payload + length, "%.48s", id), template += 4;
        } else if (strncmp(template, "{value}", 7) == 0) {
            length += (size_t)sprintf(payload + length, "%ld", value), template += 7;
        } else {
            payload[length++] = *template++;
        }
    }
    payload[length] = '\0';
}

// Acknowledgements wait until just before the next command: woken by each, the driver would push the broker aside
// between taking a command and passing it on. Ten may wait: the broker lets twenty be unacknowledged.
static void serve_until(struct mosquitto *client, int64_t deadline) {
    static int unserved;
    int64_t service = deadline - BENCH_MILLISECOND;
    if (boottime_ns() < service || ++unserved >= 10) {
        unserved = 0;
        sleep_until(service);
        int status = mosquitto_loop(client, 0, 1);
        while (status == MOSQ_ERR_SUCCESS && mosquitto_want_write(client)) status = mosquitto_loop(client, 1, 1);
        if (status != MOSQ_ERR_SUCCESS && !stop_requested) die("broker: %s", mosquitto_strerror(status));
    }
    if (!stop_requested) sleep_until(deadline);
}

// The driver stands for the outside world: its wait for a shared processor is no part of the chain's latency.
static void ahead_of_the_chain(void) {
    struct sched_param priority = {.sched_priority = 60};
    if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
        fprintf(stderr, "command_latency: no right to SCHED_FIFO: the driver's own delay is in the figures\n");
}

static size_t send_all(const struct options *options, struct mosquitto *client, struct command *commands,
                       size_t count) {
    char payload[1024], id[48];
    int64_t run = boottime_ns();
    size_t sent = 0, skipped = (size_t)(options->rate * options->skip);
    for (; sent < count && !stop_requested; sent++) {
        if (sent == skipped) fleet_reset(options->control);
        snprintf(id, sizeof id, "bench-%" PRIx64 "-%zu", (uint64_t)run, sent);
        fill(payload, sizeof payload, options->payload, id, options->first_value + (long)sent);
        serve_until(client, commands[sent].intended_ns);
        commands[sent].sent_ns = boottime_ns();
        int status =
            mosquitto_publish(client, NULL, options->topic, (int)strlen(payload), payload, 1, false);
        if (status != MOSQ_ERR_SUCCESS) die("publish: %s", mosquitto_strerror(status));
    }
    serve_until(client, boottime_ns() + BENCH_SECOND);
    return sent;
}

static void save(const char *path, const char *report) {
    FILE *file = fopen(path, "w");
    if (file == NULL || fprintf(file, "%s\n", report) < 0 || fclose(file) != 0) die("%s: %s", path, strerror(errno));
}

static void join_writes(const struct options *options, struct command *commands, size_t count) {
    char *report = fleet_report(options->control);
    if (options->save != NULL) save(options->save, report);
    size_t written;
    struct fleet_write *writes = fleet_writes(report, &written);
    for (size_t index = 0; index < written; index++) {
        int64_t which = writes[index].value - options->first_value;
        if (which < 0 || which >= (int64_t)count) continue;
        if (commands[which].writes++ == 0) commands[which].written_ns = writes[index].at_ns;
    }
    free(writes);
    free(report);
}

static void print(const struct command *commands, size_t count) {
    int64_t *latencies = calloc(count + 1, sizeof *latencies), *delays = calloc(count + 1, sizeof *delays);
    if (latencies == NULL || delays == NULL) die("out of memory");
    size_t joined = 0, repeated = 0;
    for (size_t index = 0; index < count; index++) {
        delays[index] = commands[index].sent_ns - commands[index].intended_ns;
        repeated += commands[index].writes > 1;
        if (commands[index].writes > 0)
            latencies[joined++] = commands[index].written_ns - commands[index].intended_ns;
    }
    qsort(latencies, joined, sizeof *latencies, ascending);
    qsort(delays, count, sizeof *delays, ascending);
    printf("{\"n\":%zu,\"lost\":%zu,\"repeated\":%zu", joined, count - joined, repeated);
    static const struct { const char *name; double fraction; } wanted[] = {
        {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}, {"max", 1}};
    for (size_t index = 0; index < sizeof wanted / sizeof *wanted; index++)
        printf(",\"%s_us\":%.1f", wanted[index].name,
               (double)percentile(latencies, joined, wanted[index].fraction) / 1e3);
    printf(",\"driver_late_p50_us\":%.1f,\"driver_late_p99_us\":%.1f}\n", (double)percentile(delays, count, 0.5) / 1e3,
           (double)percentile(delays, count, 0.99) / 1e3);
    free(latencies);
    free(delays);
}

int main(int count, char **arguments) {
    struct options options = parse(count, arguments);
    size_t planned = (size_t)(options.rate * (options.seconds + options.skip));
    size_t skipped = (size_t)(options.rate * options.skip);
    struct command *commands = calloc(planned + 1, sizeof *commands);
    if (commands == NULL) die("out of memory");
    stop_on_signals();
    exact_timers();
    ahead_of_the_chain();
    struct mosquitto *client = broker_connect(options.broker, options.port, "command-latency");
    schedule(commands, planned, boottime_ns() + 100 * BENCH_MILLISECOND, BENCH_SECOND / options.rate);
    size_t sent = send_all(&options, client, commands, planned);
    broker_close(client);
    join_writes(&options, commands, sent);
    print(commands + (sent < skipped ? sent : skipped), sent < skipped ? 0 : sent - skipped);
    free(commands);
    return 0;
}
