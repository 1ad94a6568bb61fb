// Sends UDP packets to an address: as many as it can, or so many a second. Prints how many went.
//   flood ADDRESS PORT SECONDS PAYLOAD_BYTES [PACKETS_PER_SECOND]
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 32 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void rest(double seconds) {
    struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

int main(int count, char **words) {
    if (count < 5) {
        fprintf(stderr, "flood ADDRESS PORT SECONDS PAYLOAD_BYTES [PACKETS_PER_SECOND]\n");
        return 64;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[2]))};
    if (inet_pton(AF_INET, words[1], &to.sin_addr) != 1) return 64;
    double rate = count > 5 ? atof(words[5]) : 0;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("flood");
        return 1;
    }
    static char payload[2048];
    struct iovec piece = {.iov_base = payload, .iov_len = (size_t)atoi(words[4])};
    struct mmsghdr batch[BATCH];
    memset(batch, 0, sizeof batch);
    for (int i = 0; i < BATCH; i++) {
        batch[i].msg_hdr.msg_iov = &piece;
        batch[i].msg_hdr.msg_iovlen = 1;
    }
    long sent = 0;
    double start = now(), end = start + atof(words[3]);
    for (double t = start; t < end; t = now()) {
        int wanted = rate > 0 ? 1 : BATCH;
        if (rate > 0 && (double)sent / rate > t - start) {
            rest((double)sent / rate - (t - start));
            continue;
        }
        int went = sendmmsg(fd, batch, (unsigned)wanted, 0);
        if (went > 0) sent += went;
        else if (errno != ENOBUFS && errno != ECONNREFUSED) break;
    }
    printf("%ld\n", sent);
    return 0;
}
