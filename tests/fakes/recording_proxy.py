"""A forward proxy on loopback that records what it is asked for: absolute targets for http, CONNECT for https."""
import socket
import threading
import urllib.parse


class RecordingProxy:
    def __init__(self):
        self.asked, self.credentials = [], []   # "GET http://…" or "CONNECT host:port"; Proxy-Authorization headers
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        """One request a connection: the head is rewritten, then both sides are copied until either ends."""
        head = b""
        while b"\r\n\r\n" not in head:
            got = sock.recv(1 << 16)
            if not got:
                return sock.close()
            head += got
        lines, _, rest = head.partition(b"\r\n\r\n")
        first, *headers = lines.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
        self.asked.append(f"{method} {target}")
        self.credentials += [line.partition(":")[2].strip() for line in headers if line.lower().startswith("proxy-authorization:")]
        try:
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                other = socket.create_connection((host.strip("[]"), int(port)))
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                other.sendall(rest)
            else:
                parts = urllib.parse.urlsplit(target)
                other = socket.create_connection((parts.hostname, parts.port or 80))
                path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
                kept = [line for line in headers if not line.lower().startswith(("proxy-", "connection:"))]
                other.sendall("\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""]).encode("latin-1") + rest)
        except OSError:
            sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return sock.close()
        back = threading.Thread(target=self.copy, args=(sock, other), daemon=True)
        back.start()
        self.copy(other, sock)
        back.join()
        other.close()
        return sock.close()

    @staticmethod
    def copy(source, target):
        try:
            while piece := source.recv(1 << 16):
                target.sendall(piece)
        except OSError:
            pass
        finally:
            for one, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
                try:
                    one.shutdown(how)
                except OSError:
                    pass
