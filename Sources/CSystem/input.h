// Input devices: evdev (Linux, Documentation/input/event-codes.rst) and keys of a terminal.
#ifndef FG_CSYSTEM_INPUT_H
#define FG_CSYSTEM_INPUT_H

#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>

/// Opens what input records come from, without waiting.
static inline int fg_input_open(const char *path) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? -errno : fd;
}

/// 1 for a character device, 2 for a FIFO, 0 for anything else.
static inline int fg_input_kind(int fd) {
    struct stat information;
    if (fstat(fd, &information) < 0) return -errno;
    return S_ISCHR(information.st_mode) ? 1 : S_ISFIFO(information.st_mode) ? 2 : 0;
}

/// 1 when the last writer has gone; 0 as long as there is one, or never was one.
static inline int fg_hung_up(int fd) {
    struct pollfd waiting = {.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 0) < 0) return -errno;
    return (waiting.revents & POLLHUP) != 0;
}

/// What the kernel knows of an absolute axis: `values` gets the value now, minimum, maximum and flat.
static inline int fg_input_axis(int fd, unsigned int code, int32_t values[4]) {
    struct input_absinfo information;
    if (ioctl(fd, EVIOCGABS(code), &information) < 0) return -errno;
    values[0] = information.value;
    values[1] = information.minimum;
    values[2] = information.maximum;
    values[3] = information.flat;
    return 0;
}

/// Makes the device stamp its records on CLOCK_BOOTTIME instead of the wall clock.
static inline int fg_input_stamp_boottime(int fd) {
    int clock = CLOCK_BOOTTIME;
    return ioctl(fd, EVIOCSCLOCKID, &clock) < 0 ? -errno : 0;
}

/// 1 when the key is down now.
static inline int fg_input_key(int fd, unsigned int code) {
    uint8_t keys[KEY_MAX / 8 + 1] = {0};
    if (code > KEY_MAX) return -EINVAL;
    if (ioctl(fd, EVIOCGKEY(sizeof keys), keys) < 0) return -errno;
    return keys[code / 8] >> (code % 8) & 1;
}

/// Opens a terminal so that every key comes at once, unseen and unread by the line discipline; output stays as it was.
/// `former` gets the settings to restore.
static inline int fg_open_keys(const char *path, struct termios *former) {
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    int status = tcgetattr(fd, former) < 0 ? -errno : 0;
    if (status == 0) {
        struct termios settings = *former;
        settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
        settings.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR | ISTRIP | BRKINT);
        settings.c_cc[VMIN] = 1;
        settings.c_cc[VTIME] = 0;
        // What was typed before is meant for somebody else.
        if (tcsetattr(fd, TCSAFLUSH, &settings) < 0) status = -errno;
    }
    if (status == 0) return fd;
    close(fd);
    return status;
}

static inline void fg_close_keys(int fd, const struct termios *former) {
    tcsetattr(fd, TCSANOW, former);
    close(fd);
}

#endif
