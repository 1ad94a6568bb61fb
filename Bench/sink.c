// Runs a gateway as its child, subscribes to its telemetry, and says what came out for what was spent.
// Being the parent lets one program time the start, read both counters at one instant, and stop it.
#include <getopt.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "broker.h"
#include "fleet.h"
#include "process_usage.h"
#include "telemetry_count.h"
#include "wire.h"

struct options {
    const char *broker, *topic, *control;
    int port;
    long skip, seconds, patience;
    bool first;
    char **command;
};

struct reading {
    int64_t at_ns, wire_bytes;
    struct telemetry_count count;
    struct process_usage usage;
};

static struct telemetry_count counted;
static int64_t first_ns;

static struct options parse(int count, char **arguments) {
    struct options options = {"127.0.0.1", "fg/v1/+/tele/+", NULL, 21883, 5, 60, 30, false, NULL};
    enum { BROKER = 1, PORT, TOPIC, CONTROL, SKIP, SECONDS, PATIENCE, FIRST };
    static const struct option table[] = {
        {"broker", 1, 0, BROKER},   {"broker-port", 1, 0, PORT}, {"topic", 1, 0, TOPIC},
        {"control", 1, 0, CONTROL}, {"skip", 1, 0, SKIP},        {"seconds", 1, 0, SECONDS},
        {"patience", 1, 0, PATIENCE}, {"first", 0, 0, FIRST}, {0}};
    int option, index = 0;
    while ((option = getopt_long(count, arguments, "+", table, &index)) != -1) {
        const char *name = table[index].name;
        switch (option) {
        case BROKER: options.broker = optarg; break;
        case PORT: options.port = (int)parse_number(name, optarg); break;
        case TOPIC: options.topic = optarg; break;
        case CONTROL: options.control = optarg; break;
        case SKIP: options.skip = parse_number(name, optarg); break;
        case SECONDS: options.seconds = parse_number(name, optarg); break;
        case PATIENCE: options.patience = parse_number(name, optarg); break;
        case FIRST: options.first = true; break;
        default: exit(2);
        }
    }
    if (optind == count) die("usage: sink [options] -- gateway arguments...");
    options.command = arguments + optind;
    return options;
}

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *message) {
    (void)client, (void)context;
    if (first_ns == 0) first_ns = boottime_ns();
    if (message->payload == NULL) return;
    telemetry_count_add(&counted, message->topic, message->payload, (size_t)message->payloadlen);
}

static pid_t start(char **command) {
    pid_t parent = getpid(), child = fork();
    if (child < 0) die("fork: %s", strerror(errno));
    if (child > 0) return child;
    // The gateway must not outlive the run, not even when the run is killed.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    // The library's socket isn't closed on exec: the gateway would seem to own the subscriber's traffic.
    close_range(3, ~0U, 0);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
    _exit(127);
}

static void stop(pid_t child) {
    kill(child, SIGTERM);
    int64_t deadline = boottime_ns() + 10 * BENCH_SECOND;
    while (waitpid(child, NULL, WNOHANG) == 0) {
        if (boottime_ns() > deadline) {
            fprintf(stderr, "sink: process %d ignored SIGTERM for 10 s: killed\n", (int)child);
            kill(child, SIGKILL);
        }
        usleep(10000);
    }
}

static void receive(struct mosquitto *client, pid_t child, int64_t deadline) {
    int64_t left;
    while (!stop_requested && (left = deadline - boottime_ns()) > 0) {
        int wait = left > 100 * BENCH_MILLISECOND ? 100 : (int)(left / BENCH_MILLISECOND) + 1;
        int status = mosquitto_loop(client, wait, 1);
        if (status != MOSQ_ERR_SUCCESS && !stop_requested) die("broker: %s", mosquitto_strerror(status));
        int how;
        if (waitpid(child, &how, WNOHANG) == child) die("the gateway ended early (wait status %#x)", how);
    }
    if (stop_requested) {
        stop(child);
        die("stopped");
    }
}

static void await_first(struct mosquitto *client, pid_t child, const struct options *options) {
    int64_t deadline = boottime_ns() + options->patience * BENCH_SECOND;
    while (first_ns == 0 && boottime_ns() < deadline) receive(client, child, boottime_ns() + BENCH_MILLISECOND);
    if (first_ns != 0) return;
    stop(child);
    die("nothing on %s within %ld s", options->topic, options->patience);
}

static struct reading take(pid_t child, int port) {
    struct reading reading = {.at_ns = boottime_ns(), .count = counted};
    if (process_usage_read(child, &reading.usage) != 0) die("the gateway is gone");
    reading.wire_bytes = wire_bytes_sent(child, port);
    return reading;
}

static double per(int64_t amount, uint64_t values) { return values == 0 ? 0 : (double)amount / (double)values; }

// null rather than a figure where the kernel didn't give one.
static void print_rate(const char *name, int64_t from, int64_t to, uint64_t values) {
    if (from < 0 || to < 0) printf(",\"%s\":null", name);
    else printf(",\"%s\":%.4f", name, per(to - from, values));
}

static void print(const struct reading *from, const struct reading *to, int64_t started, const char *report) {
    uint64_t values = to->count.values - from->count.values;
    double seconds = (double)(to->at_ns - from->at_ns) / BENCH_SECOND;
    printf("{\"first_ms\":%.1f,\"seconds\":%.3f,\"messages\":%llu,\"values\":%llu,\"values_per_s\":%.0f",
           (double)(first_ns - started) / BENCH_MILLISECOND, seconds,
           (unsigned long long)(to->count.messages - from->count.messages), (unsigned long long)values,
           (double)values / seconds);
    print_rate("cpu_us_per_value", from->usage.cpu_us, to->usage.cpu_us, values);
    print_rate("spool_bytes_per_value", from->usage.write_bytes, to->usage.write_bytes, values);
    print_rate("wire_bytes_per_value", from->wire_bytes, to->wire_bytes, values);
    print_rate("packet_bytes_per_value", (int64_t)from->count.packet_bytes, (int64_t)to->count.packet_bytes, values);
    print_rate("payload_bytes_per_value", (int64_t)from->count.payload_bytes, (int64_t)to->count.payload_bytes, values);
    printf(",\"rss_mb\":%.2f,\"rss_peak_mb\":%.2f,\"rss_anon_mb\":%.2f", (double)to->usage.rss_kib / 1024,
           (double)to->usage.peak_kib / 1024, (double)to->usage.anonymous_kib / 1024);
    struct sequence_count sequences = telemetry_sequences();
    printf(",\"streams\":%llu,\"missing\":%llu,\"repeated\":%llu,\"out_of_order\":%llu,\"unreadable\":%llu",
           (unsigned long long)sequences.streams, (unsigned long long)sequences.missing,
           (unsigned long long)sequences.repeated, (unsigned long long)sequences.out_of_order,
           (unsigned long long)to->count.unreadable);
    printf(",\"fleet\":%s}\n", report == NULL ? "null" : report);
}

int main(int count, char **arguments) {
    struct options options = parse(count, arguments);
    stop_on_signals();
    struct mosquitto *client = broker_connect(options.broker, options.port, "sink");
    mosquitto_message_callback_set(client, on_message);
    broker_subscribe(client, options.topic);
    int64_t started = boottime_ns();
    pid_t child = start(options.command);
    await_first(client, child, &options);
    if (options.first) {
        stop(child);
        printf("{\"first_ms\":%.1f}\n", (double)(first_ns - started) / BENCH_MILLISECOND);
    } else {
        // Half a period off the first message, so that the window's ends don't cut through a burst of publishing.
        receive(client, child, first_ns + options.skip * BENCH_SECOND + 50 * BENCH_MILLISECOND);
        struct reading from = take(child, options.port);
        if (options.control != NULL) fleet_reset(options.control);
        receive(client, child, from.at_ns + options.seconds * BENCH_SECOND);
        struct reading to = take(child, options.port);
        char *report = options.control == NULL ? NULL : fleet_report(options.control);
        stop(child);
        print(&from, &to, started, report);
        free(report);
    }
    broker_close(client);
    return 0;
}
