// Ten devices on libmodbus, with the control socket of `fieldsim fleet`: for trying the harness without a Swift build.
#include <getopt.h>
#include <inttypes.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../bench.h"

#define MOST_DEVICES 64
#define MOST_HANDLES 256
#define MOST_SAMPLES (1 << 20)
#define MOST_WRITES 65536

struct device {
    modbus_mapping_t *map;
    int64_t last_ns;
    uint64_t polls;
};

struct write_note {
    int device, value;
    int64_t at_ns;
};

static struct device devices[MOST_DEVICES];
static struct pollfd handles[MOST_HANDLES];
static struct { int device; bool listening, control; } roles[MOST_HANDLES];
static nfds_t open_handles;
static int64_t intervals[MOST_SAMPLES], deviations[MOST_SAMPLES];
static size_t interval_count;
static struct write_note writes[MOST_WRITES];
static size_t write_count;
static int64_t period;

static void watch(int handle, int device, bool listening, bool control) {
    if (handle < 0 || open_handles == MOST_HANDLES) die("can't serve another connection: %s", strerror(errno));
    handles[open_handles] = (struct pollfd){handle, POLLIN, 0};
    roles[open_handles].device = device;
    roles[open_handles].listening = listening;
    roles[open_handles++].control = control;
}

static void forget(nfds_t index) {
    close(handles[index].fd);
    handles[index] = handles[--open_handles];
    roles[index] = roles[open_handles];
}

static void note_poll(struct device *device, int64_t now) {
    if (device->polls++ > 0 && interval_count < MOST_SAMPLES) intervals[interval_count++] = now - device->last_ns;
    device->last_ns = now;
}

static void serve(nfds_t index, modbus_t *bus) {
    uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
    modbus_set_socket(bus, handles[index].fd);
    int length = modbus_receive(bus, request);
    int64_t now = boottime_ns();
    if (length < 0) return forget(index);
    int number = roles[index].device;
    struct device *device = &devices[number];
    int function = request[7], address = request[8] << 8 | request[9];
    if (function == 3 && address == 0) {
        note_poll(device, now);
        for (int at = 0; at < 1000; at++) device->map->tab_registers[at] = (uint16_t)(at * 7 + (int)device->polls);
    }
    if (function == 6 && address == 40000 && write_count < MOST_WRITES)
        writes[write_count++] = (struct write_note){number, request[10] << 8 | request[11], now};
    modbus_reply(bus, request, length, device->map);
}

static double us(const int64_t *sorted, double fraction) {
    return (double)percentile(sorted, interval_count, fraction) / 1e3;
}

static void report(FILE *out, int count) {
    for (size_t at = 0; at < interval_count; at++) deviations[at] = llabs(intervals[at] - period);
    qsort(intervals, interval_count, sizeof *intervals, ascending);
    qsort(deviations, interval_count, sizeof *deviations, ascending);
    double sum = 0;
    uint64_t readings = 0;
    for (size_t at = 0; at < interval_count; at++) sum += (double)intervals[at];
    for (int at = 0; at < count; at++) readings += devices[at].polls;
    fprintf(out,
            "{\"ok\":true,\"devices\":%d,\"readings\":%" PRIu64 ",\"interval_p50_us\":%.3f,\"interval_p99_us\":%.3f,"
            "\"interval_max_us\":%.3f,\"deviation_p99_us\":%.3f,\"drift_us\":%.3f,\"writes\":[",
            count, readings, us(intervals, 0.5), us(intervals, 0.99), us(intervals, 1), us(deviations, 0.99),
            interval_count ? (sum / (double)interval_count - (double)period) / 1e3 : 0);
    for (size_t at = 0; at < write_count; at++)
        fprintf(out, "%s{\"device\":%d,\"value\":%d,\"t_ns\":%" PRId64 "}", at ? "," : "", writes[at].device,
                writes[at].value, writes[at].at_ns);
    fprintf(out, "]}\n");
    write_count = 0;
}

static void reset(FILE *out, int count) {
    interval_count = write_count = 0;
    for (int at = 0; at < count; at++) devices[at].polls = 0;
    fprintf(out, "{\"ok\":true}\n");
}

static void answer(nfds_t index, int count) {
    char line[64];
    ssize_t length = read(handles[index].fd, line, sizeof line);
    if (length > 0) {
        FILE *out = fdopen(dup(handles[index].fd), "w");
        if (line[2] == 's') reset(out, count);
        else report(out, count);
        fclose(out);
    }
    forget(index);
}

static int listen_control(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(handle, (struct sockaddr *)&address, sizeof address) != 0 || listen(handle, 4) != 0)
        die("%s: %s", path, strerror(errno));
    return handle;
}

static void accept_on(nfds_t index, modbus_t *bus) {
    int listener = handles[index].fd, device = roles[index].device;
    // modbus_tcp_accept sets NODELAY, which a unix socket refuses.
    if (roles[index].control) watch(accept(listener, NULL, NULL), 0, false, true);
    else watch(modbus_tcp_accept(bus, &listener), device, false, false);
}

int main(int count, char **arguments) {
    const char *control = NULL;
    int port = 21000, amount = 10;
    enum { DEVICES = 1, PORT, REGISTERS, PERIOD, CONTROL };
    static const struct option table[] = {{"devices", 1, 0, DEVICES}, {"port", 1, 0, PORT},
                                          {"registers", 1, 0, REGISTERS}, {"period", 1, 0, PERIOD},
                                          {"control", 1, 0, CONTROL}, {0}};
    int option, index = 0;
    period = 100 * BENCH_MILLISECOND;
    if (count > 1 && strcmp(arguments[1], "fleet") == 0) count -= 1, arguments += 1;
    while ((option = getopt_long(count, arguments, "", table, &index)) != -1) {
        switch (option) {
        case DEVICES: amount = (int)parse_number("devices", optarg); break;
        case PORT: port = (int)parse_number("port", optarg); break;
        case REGISTERS: break;
        case PERIOD: period = atol(optarg) * BENCH_MILLISECOND; break;
        case CONTROL: control = optarg; break;
        default: exit(2);
        }
    }
    if (control == NULL) die("--control is needed");
    if (amount > MOST_DEVICES) die("at most %d devices", MOST_DEVICES);
    stop_on_signals();
    for (int at = 0; at < amount; at++) {
        modbus_t *listener = modbus_new_tcp("127.0.0.1", port + at);
        devices[at].map = modbus_mapping_new(0, 0, 40001, 0);
        watch(modbus_tcp_listen(listener, 8), at, true, false);
        modbus_set_socket(listener, -1);
        modbus_free(listener);
    }
    watch(listen_control(control), 0, true, true);
    modbus_t *bus = modbus_new_tcp("127.0.0.1", port);
    while (!stop_requested) {
        if (poll(handles, open_handles, -1) < 0) continue;
        for (nfds_t at = open_handles; at-- > 0;) {
            if (handles[at].revents == 0) continue;
            if (roles[at].listening) accept_on(at, bus);
            else if (roles[at].control) answer(at, amount);
            else serve(at, bus);
        }
    }
    unlink(control);
    return 0;
}
