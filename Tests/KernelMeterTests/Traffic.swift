/// Python programs that send and receive: peers that nobody here wrote the network code of.
enum Traffic {
    /// In the carrier: TCP 5001 takes everything and acknowledges the end, TCP 5002 gives as much as asked, UDP 5003 takes,
    /// UDP 5004 sends back.
    static let carrier = """
        import socket, threading, struct
        def tcp(port, serve):
            l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            l.bind(("", port)); l.listen(64)
            def loop():
                while True:
                    c, _ = l.accept(); threading.Thread(target=serve, args=(c,), daemon=True).start()
            threading.Thread(target=loop, daemon=True).start()
        def sink(c):
            while c.recv(1 << 16): pass
            c.sendall(b"k"); c.close()
        def source(c):
            n = struct.unpack("!Q", c.recv(8, socket.MSG_WAITALL))[0]
            block = bytes(1 << 16)
            while n: n -= c.send(block[:min(n, 1 << 16)])
            c.shutdown(1); c.recv(1); c.close()
        tcp(5001, sink); tcp(5002, source)
        u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("", 5003))
        e = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); e.bind(("", 5004))
        def echo():
            while True:
                d, a = e.recvfrom(65536); e.sendto(d, a)
        threading.Thread(target=echo, daemon=True).start()
        print("ready")
        while True: u.recv(65536)
        """

    /// Arguments: bytes of each TCP transfer, datagrams of each UDP one, socket priority. All at once; ends when all are done.
    static let client = """
        import socket, struct, sys, threading, time
        size, datagrams, priority = map(int, sys.argv[1:4])
        def connected(kind, port):
            s = socket.socket(socket.AF_INET, kind); s.setsockopt(socket.SOL_SOCKET, 12, priority)
            s.connect(("10.77.0.1", port)); return s
        def up():
            s = connected(socket.SOCK_STREAM, 5001); s.sendall(bytes(size)); s.shutdown(1); s.recv(1); s.close()
        def down():
            s = connected(socket.SOCK_STREAM, 5002); s.sendall(struct.pack("!Q", size))
            while s.recv(1 << 16): pass
            s.close()
        def datagram():
            s = connected(socket.SOCK_DGRAM, 5003)
            for i in range(datagrams):
                s.send(bytes(100 + i % 1300)); time.sleep(0.0005)
        def echo():
            s = connected(socket.SOCK_DGRAM, 5004); s.settimeout(0.1)
            for i in range(datagrams):
                s.send(bytes(100 + i % 1300))
                try: s.recv(2000)
                except TimeoutError: pass
        threads = [threading.Thread(target=f) for f in (up, down, datagram, echo)]
        for t in threads: t.start()
        for t in threads: t.join()
        """

    /// Arguments: how many, and a number that is different each time. Each datagram begins a connection that nobody answers.
    static let beginnings = """
        import socket, sys
        n, salt = int(sys.argv[1]), int(sys.argv[2])
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.77.0.2", 0))
        for i in range(n): s.sendto(b"x", ("203.0.%d.%d" % (salt % 200, 1 + i // 5000), 10000 + i % 5000))
        """
}
