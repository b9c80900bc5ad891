# SPDX-License-Identifier: MIT
"""A proxy that says what it is told to. Each argument is one connection: replies in
hexadecimal, divided by commas, each sent once something was read; byte by byte
where it begins with a dash. Then it ends its stream and reads to the end of the other.
What was read goes to stdout, a line in hexadecimal for each; the port comes first."""

import socket
import sys

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
for connection in sys.argv[1:]:
    sock = listener.accept()[0]
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for reply in connection.split(","):
            print(sock.recv(65536).hex(), flush=True)
            data = bytes.fromhex(reply.lstrip("-"))
            step = 1 if reply.startswith("-") else len(data) or 1
            for i in range(0, len(data), step):
                sock.sendall(data[i : i + step])
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
    except OSError:
        pass
    sock.close()
