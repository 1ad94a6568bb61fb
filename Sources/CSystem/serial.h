// Serial lines with one owner.
#ifndef FG_CSYSTEM_SERIAL_H
#define FG_CSYSTEM_SERIAL_H

#include <glob.h>
#include <sys/ioctl.h>

/// 0 for a pseudo-terminal (major numbers 136 to 143): exclusive use of one outlives its user, as long as the other side
/// is open, so that after a crash nobody could open it again.
static inline int fg_may_be_exclusive(int fd) {
    struct stat information;
    if (fstat(fd, &information) < 0) return 0;
    unsigned int major = (unsigned int)(information.st_rdev >> 8) & 0xfff;
    return major < 136 || major > 143;
}

/// Opens a terminal in raw mode at 115200 baud, for this process alone; -EBUSY when another process has it. The lines
/// of a modem's status are not looked at, and closing does not hang up.
static inline int fg_open_terminal(const char *path) {
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -errno;
    int status = 0;
    int taken = 0;
    struct termios settings;
    // TIOCEXCL does not keep the superuser out, so it is looked at here; the lock is for our own kind.
    if (ioctl(fd, TIOCGEXCL, &taken) == 0 && taken) status = -EBUSY;
    else if (flock(fd, LOCK_EX | LOCK_NB) < 0) status = errno == EWOULDBLOCK ? -EBUSY : -errno;
    else if (fg_may_be_exclusive(fd) && ioctl(fd, TIOCEXCL) < 0) status = -errno;
    else if (tcgetattr(fd, &settings) < 0) status = -errno;
    if (status == 0) {
        cfmakeraw(&settings);
        cfsetspeed(&settings, B115200);
        settings.c_cflag |= CLOCAL | CREAD;
        settings.c_cflag &= ~(tcflag_t)(CSTOPB | HUPCL);
        if (tcsetattr(fd, TCSANOW, &settings) < 0) status = -errno;
    }
    if (status < 0) {
        close(fd);
        return status;
    }
    return fd;
}

static inline void fg_close_terminal(int fd) {
    ioctl(fd, TIOCNXCL);
    close(fd);
}

/// A socket without waiting, connected to a unix address; see fg_unix_address.
static inline int fg_connect_unix(const char *path) {
    struct sockaddr_un address;
    int length = fg_unix_address(&address, path);
    if (length < 0) return length;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&address, (socklen_t)length) == 0) return fd;
    int status = -errno;
    close(fd);
    return status;
}

#endif
