# SPDX-License-Identifier: MIT
"""relay.py LISTEN UPSTREAM [shutdown]: one thread per direction.

At an EOF the naive relay closes both sockets; with `shutdown` it passes the FIN on
and closes when both directions are over.
"""
import socket
import sys
import threading


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def copy(source, sink):
    """Until EOF or an error; says whether it was an EOF."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        return True
    except OSError:
        return False


def close(sock):
    # close() alone leaves a thread in recv() with the connection open.
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


def naive(source, sink):
    copy(source, sink)
    close(source)
    close(sink)


def right(source, sink):
    if copy(source, sink):
        try:
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    else:
        close(source)
        close(sink)


def serve(client, upstream, direction):
    try:
        server = socket.create_connection(upstream)
    except OSError:
        client.close()
        return
    there = threading.Thread(target=direction, args=(client, server), daemon=True)
    there.start()
    direction(server, client)
    there.join()
    client.close()
    server.close()


def main():
    way = right if sys.argv[3:] == ["shutdown"] else naive
    listener = socket.create_server(address(sys.argv[1]), backlog=128)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, address(sys.argv[2]), way), daemon=True).start()


main()
