# SPDX-License-Identifier: MIT
"""A box that ends TLS on both sides: tls_box.py MODE HOST:PORT PEM. What it makes of the
client's close_notify:

  faithful  a close_notify, and a FIN
  bare      a FIN alone
  close     a close of both connections

The first line says where it listens, the others what it did: CONNECTION WHAT BYTES, those
that had come from the server by then."""

import socket
import ssl
import sys
import threading


class End:
    """One of the two connections. One thread reads, another one writes."""

    def __init__(self, sock, context, is_server):
        self.sock, self.lock = sock, threading.Lock()
        self.got, self.put = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.got, self.put, server_side=is_server)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self.feed()
        self.flush()

    def feed(self):
        data = self.sock.recv(65536)
        with self.lock:
            if data:
                self.got.write(data)
            else:
                self.got.write_eof()

    def flush(self):
        self.sock.sendall(self.put.read())

    def read(self):
        """Bytes; None for a close_notify."""
        while True:
            try:
                with self.lock:
                    return self.tls.read(65536) or None
            except ssl.SSLWantReadError:
                self.feed()
            except ssl.SSLZeroReturnError:
                return None

    def write(self, data):
        with self.lock:
            self.tls.write(data)
        self.flush()

    def notify(self):
        with self.lock:
            try:
                self.tls.unwrap()
            except ssl.SSLWantReadError:
                pass  # written, and not answered
        self.flush()


class Link:
    def __init__(self, number, accepted):
        self.number, self.from_server = number, 0
        self.ends = [accepted]
        try:
            self.ends.append(socket.create_connection(UPSTREAM))
            self.client = End(accepted, INSIDE, True)
            self.server = End(self.ends[1], OUTSIDE, False)
            up = threading.Thread(target=self.guarded, args=(self.pump_up,))
            up.start()
            self.guarded(self.pump_down)
            up.join()
        except OSError:
            pass  # those who look for a port, or leave
        for sock in self.ends:
            sock.close()

    def guarded(self, pump):
        try:
            pump()
        except OSError:  # ssl.SSLError is one
            self.hang_up()

    def hang_up(self):
        for sock in self.ends:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def tell(self, what):
        print(self.number, what, self.from_server, flush=True)

    def pump_down(self):
        while (data := self.server.read()) is not None:
            self.from_server += len(data)
            self.client.write(data)
        self.client.notify()
        self.client.sock.shutdown(socket.SHUT_WR)

    def pump_up(self):
        while (data := self.client.read()) is not None:
            self.server.write(data)
        if MODE == "close":
            self.tell("closed")
            self.hang_up()
            return
        self.tell("passed" if MODE == "faithful" else "swallowed")
        if MODE == "faithful":
            self.server.notify()
        self.server.sock.shutdown(socket.SHUT_WR)


MODE = sys.argv[1]
UPSTREAM = tuple(sys.argv[2].rsplit(":", 1))
INSIDE = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
INSIDE.load_cert_chain(sys.argv[3])
OUTSIDE = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
OUTSIDE.check_hostname = False
OUTSIDE.verify_mode = ssl.CERT_NONE
listener = socket.create_server(("127.0.0.1", 0))
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
count = 0
while True:
    count += 1
    threading.Thread(target=Link, args=(count, listener.accept()[0]), daemon=True).start()
