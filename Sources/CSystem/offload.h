// What a network interface does by itself (ethtool(8)), and what the kernel knows of a TCP connection (tcp(7)).
#ifndef FG_CSYSTEM_OFFLOAD_H
#define FG_CSYSTEM_OFFLOAD_H

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static inline int fg_ethtool(const char *device, void *command) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (strlen(device) >= sizeof request.ifr_name) return -ENAMETOOLONG;
    strcpy(request.ifr_name, device);
    request.ifr_data = (char *)command;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int status = ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
    close(fd);
    return status;
}

/// The value that a simple command (ETHTOOL_G…) reads, or -errno.
static inline int64_t fg_ethtool_get(const char *device, uint32_t command) {
    struct ethtool_value value = {.cmd = command};
    int status = fg_ethtool(device, &value);
    return status < 0 ? (int64_t)status : (int64_t)value.data;
}

static inline int fg_ethtool_set(const char *device, uint32_t command, uint32_t data) {
    struct ethtool_value value = {.cmd = command, .data = data};
    return fg_ethtool(device, &value);
}

/// Whether a feature is on, by its name as ethtool shows it; -ENOENT when the kernel knows no such feature.
static inline int fg_ethtool_feature(const char *device, const char *name) {
    struct {
        struct ethtool_sset_info head;
        uint32_t count;
    } sizes;
    memset(&sizes, 0, sizeof sizes);
    sizes.head.cmd = ETHTOOL_GSSET_INFO;
    sizes.head.sset_mask = 1ull << ETH_SS_FEATURES;
    int status = fg_ethtool(device, &sizes);
    if (status < 0) return status;
    uint32_t count = sizes.count;
    if (count == 0 || count > 1024) return -ENOENT;
    uint32_t blocks = (count + 31) / 32;
    struct ethtool_gstrings *names =
        (struct ethtool_gstrings *)calloc(1, sizeof *names + (size_t)count * ETH_GSTRING_LEN);
    struct ethtool_gfeatures *features = (struct ethtool_gfeatures *)calloc(
        1, sizeof *features + blocks * sizeof(struct ethtool_get_features_block));
    status = names && features ? 0 : -ENOMEM;
    if (status == 0) {
        names->cmd = ETHTOOL_GSTRINGS;
        names->string_set = ETH_SS_FEATURES;
        names->len = count;
        features->cmd = ETHTOOL_GFEATURES;
        features->size = blocks;
        status = fg_ethtool(device, names);
    }
    if (status == 0) status = fg_ethtool(device, features);
    if (status == 0) {
        status = -ENOENT;
        for (uint32_t i = 0; i < count; i++)
            if (strncmp((const char *)names->data + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN) == 0)
                status = features->features[i / 32].active >> (i % 32) & 1;
    }
    free(names);
    free(features);
    return status;
}

/// What of linux/tcp.h's tcp_info metering needs; the C library's own struct ends before it.
struct fg_tcp_counts {
    uint64_t bytes_received, bytes_sent;
    uint32_t segments_out, segments_in;
};

/// From the bytes of a tcp_info, as getsockopt and sock_diag give them; -EOPNOTSUPP when the kernel's ends before
/// bytes_sent (Linux 4.19).
static inline int fg_tcp_counts_read(const void *bytes, size_t length, struct fg_tcp_counts *counts) {
    const char *info = (const char *)bytes;
    if (length < 208) return -EOPNOTSUPP;
    memcpy(&counts->bytes_received, info + 128, 8);
    memcpy(&counts->segments_out, info + 136, 4);
    memcpy(&counts->segments_in, info + 140, 4);
    memcpy(&counts->bytes_sent, info + 200, 8);
    return 0;
}

static inline int fg_tcp_counts(int fd, struct fg_tcp_counts *counts) {
    char info[512];
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, 11 /* TCP_INFO */, info, &length) < 0) return -errno;
    return fg_tcp_counts_read(info, length, counts);
}

/// Own and peer's address of a connected socket; -errno.
static inline int fg_socket_names(int fd, struct sockaddr_storage *own, struct sockaddr_storage *peer) {
    socklen_t own_length = sizeof *own, peer_length = sizeof *peer;
    memset(own, 0, sizeof *own);
    memset(peer, 0, sizeof *peer);
    if (getsockname(fd, (struct sockaddr *)own, &own_length) < 0) return -errno;
    return getpeername(fd, (struct sockaddr *)peer, &peer_length) < 0 ? -errno : 0;
}

#endif
