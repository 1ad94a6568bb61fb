// libnetfilter_conntrack's parser, and nothing else of it: sockets are our own, because they must outlive the process.
#ifndef FG_CCONNTRACK_SHIM_H
#define FG_CCONNTRACK_SHIM_H

#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>

/// A connection as plain numbers. Addresses: source and destination of the original direction, then of the replies.
struct fg_flow {
    uint64_t start, stop;
    uint64_t sent_bytes, sent_packets, received_bytes, received_packets;
    uint32_t id, mark;
    uint16_t ports[4];
    uint8_t transport;
    /// 4 or 16.
    uint8_t address_length;
    /// 1 when the event says that it ended.
    uint8_t ended;
    uint8_t addresses[4][16];
};

static inline uint64_t fg_flow_u64(const struct nf_conntrack *ct, enum nf_conntrack_attr attribute) {
    return nfct_attr_is_set(ct, attribute) > 0 ? nfct_get_attr_u64(ct, attribute) : 0;
}

static inline uint32_t fg_flow_u32(const struct nf_conntrack *ct, enum nf_conntrack_attr attribute) {
    return nfct_attr_is_set(ct, attribute) > 0 ? nfct_get_attr_u32(ct, attribute) : 0;
}

/// Whether the protocol has ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
static inline int fg_flow_has_ports(uint8_t transport) {
    return transport == 6 || transport == 17 || transport == 33 || transport == 132 || transport == 136;
}

static inline void fg_flow_tuples(const struct nf_conntrack *ct, struct fg_flow *flow) {
    static const enum nf_conntrack_attr v4[4] = {
        ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV4_DST, ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV4_DST};
    static const enum nf_conntrack_attr v6[4] = {
        ATTR_ORIG_IPV6_SRC, ATTR_ORIG_IPV6_DST, ATTR_REPL_IPV6_SRC, ATTR_REPL_IPV6_DST};
    static const enum nf_conntrack_attr ports[4] = {
        ATTR_ORIG_PORT_SRC, ATTR_ORIG_PORT_DST, ATTR_REPL_PORT_SRC, ATTR_REPL_PORT_DST};
    int is_v4 = nfct_attr_is_set(ct, ATTR_ORIG_IPV4_SRC) > 0;
    flow->transport = nfct_attr_is_set(ct, ATTR_ORIG_L4PROTO) > 0 ? nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO) : 0;
    flow->address_length = is_v4 ? 4 : 16;
    for (int i = 0; i < 4; i++) {
        enum nf_conntrack_attr address = is_v4 ? v4[i] : v6[i];
        if (nfct_attr_is_set(ct, address) > 0)
            memcpy(flow->addresses[i], nfct_get_attr(ct, address), flow->address_length);
        if (fg_flow_has_ports(flow->transport) && nfct_attr_is_set(ct, ports[i]) > 0)
            flow->ports[i] = ntohs(nfct_get_attr_u16(ct, ports[i]));
    }
}

/// Reads one netlink message of connection tracking; -EINVAL when it is none, -ENOMEM without memory.
static inline int fg_flow_parse(const void *bytes, struct fg_flow *flow) {
    const struct nlmsghdr *message = (const struct nlmsghdr *)bytes;
    memset(flow, 0, sizeof *flow);
    if (message->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK) return -EINVAL;
    struct nf_conntrack *ct = nfct_new();
    if (!ct) return -ENOMEM;
    int status = nfct_nlmsg_parse(message, ct) < 0 ? -EINVAL : 0;
    if (status == 0) {
        flow->ended = (message->nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE;
        flow->start = fg_flow_u64(ct, ATTR_TIMESTAMP_START);
        flow->stop = fg_flow_u64(ct, ATTR_TIMESTAMP_STOP);
        flow->sent_bytes = fg_flow_u64(ct, ATTR_ORIG_COUNTER_BYTES);
        flow->sent_packets = fg_flow_u64(ct, ATTR_ORIG_COUNTER_PACKETS);
        flow->received_bytes = fg_flow_u64(ct, ATTR_REPL_COUNTER_BYTES);
        flow->received_packets = fg_flow_u64(ct, ATTR_REPL_COUNTER_PACKETS);
        flow->id = fg_flow_u32(ct, ATTR_ID);
        flow->mark = fg_flow_u32(ct, ATTR_MARK);
        fg_flow_tuples(ct, flow);
    }
    nfct_destroy(ct);
    return status;
}

#endif
