"""An HTTP/1.1 server on loopback that records every request and can misbehave at the byte level. Knows nothing of hubs or registries:
what answers is the `handle` function it is given, what goes wrong is decided by faults.py.

A body that lies in a file goes out with sendfile, so that the server is never what a speed is limited by.
"""
import json
import os
import socket
import ssl
import struct
import threading
import time
import urllib.parse

REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 302: "Found",
           307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 416: "Range Not Satisfiable", 422: "Unprocessable Entity", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Part:
    """A run of bytes of a file, as a body."""

    def __init__(self, path, first=0, size=None):
        self.path, self.first = str(path), first
        self.size = os.path.getsize(path) - first if size is None else size

    def __len__(self):
        return self.size

    def cut(self, first, size):
        return Part(self.path, self.first + first, max(0, min(size, self.size - first)))

    def load(self):
        with open(self.path, "rb") as file:
            file.seek(self.first)
            return file.read(self.size)


class Repeated:
    """One byte, any number of times."""

    def __init__(self, byte, size):
        self.byte, self.size = byte, size

    def __len__(self):
        return self.size

    def cut(self, first, size):
        return Repeated(self.byte, max(0, min(size, self.size - first)))

    def load(self):
        return self.byte * self.size


def cut(content, first, size):
    return content[first:first + size] if isinstance(content, bytes) else content.cut(first, size)


def loaded(content):
    """As bytes."""
    return content if isinstance(content, bytes) else content.load()


class Request:
    """One request as it was read, and what became of it: `status` and `served`, the bytes of the body that left."""

    def __init__(self, server, method, target, headers, body):
        self.server, self.method, self.target, self.headers, self.body = server, method, target, headers, body
        parts = urllib.parse.urlsplit(target)
        self.quoted_path = parts.path
        self.path = urllib.parse.unquote(parts.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.status, self.served, self.number = 0, 0, 0
        self.began, self.ended = time.monotonic(), None

    def header(self, name, otherwise=""):
        return self.headers.get(name.lower(), otherwise)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.method} {self.target} -> {self.status} ({self.served} bytes)"


class Reply:
    """What is to be sent. `faults` is for the wire: see Connection.send."""

    def __init__(self, status=200, content=b"", headers=()):
        self.status, self.content = status, content
        self.headers = dict(headers)   # None takes one away
        self.faults = {}

    @classmethod
    def of_json(cls, value, status=200, headers=()):
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8", **dict(headers)})


def ranged(request, content, headers):
    """The whole content, or the part that Range asks for (RFC 9110, section 14: one range only, as downloads use it)."""
    headers = {"Accept-Ranges": "bytes", **headers}
    request.whole = content
    size, asked = len(content), request.header("range")
    if not asked.startswith("bytes="):
        return Reply(200, content, headers)
    first, _, last = asked[6:].partition("-")
    if first:
        first, last = int(first), min(int(last), size - 1) if last else size - 1
    else:
        first, last = max(0, size - int(last)), size - 1
    if first >= size or last < first:
        return Reply(416, b"", {**headers, "Content-Range": f"bytes */{size}"})
    return Reply(206, cut(content, first, last - first + 1), {**headers, "Content-Range": f"bytes {first}-{last}/{size}"})


class Gone(Exception):
    """The connection ends here."""


class Connection:
    def __init__(self, server, sock):
        self.server, self.socket, self.left = server, sock, b""

    def run(self):
        try:
            while True:
                request = self.read()
                if request is None:
                    return
                self.answer(request)
                if request.header("connection").lower() == "close":
                    return
        except (OSError, ssl.SSLError, Gone):
            pass
        finally:
            try:
                self.socket.close()
            except OSError:
                pass

    def more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise Gone
        self.left += got

    def line_block(self):
        while b"\r\n\r\n" not in self.left:
            self.more()
        block, _, self.left = self.left.partition(b"\r\n\r\n")
        return block.decode("latin-1").split("\r\n")

    def bytes(self, size):
        pieces, have = [self.left], len(self.left)
        while have < size:
            got = self.socket.recv(min(1 << 20, size - have))
            if not got:
                raise Gone
            pieces.append(got)
            have += len(got)
        whole = b"".join(pieces)
        self.left = whole[size:]
        return whole[:size]

    def chunks(self):
        pieces = []
        while True:
            while b"\r\n" not in self.left:
                self.more()
            size, _, self.left = self.left.partition(b"\r\n")
            size = int(size.split(b";")[0], 16)
            pieces.append(self.bytes(size))
            self.bytes(2)
            if size == 0:
                return b"".join(pieces)

    def read(self):
        if not self.left:
            self.left = self.socket.recv(1 << 16)
            if not self.left:
                return None
        first, *rest = self.line_block()
        method, target, _ = first.split(" ", 2)
        headers = {}
        for line in rest:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self.chunks()
        else:
            body = self.bytes(int(headers.get("content-length", 0)))
        return Request(self.server, method, target, headers, body)

    def answer(self, request):
        server = self.server
        server.note(request)
        try:
            reply = server.handle(request)
            if server.faults:
                reply = server.faults.apply(request, reply)
        except Exception as problem:
            server.problems.append(f"{request!r}: {problem!r}")
            reply = Reply(500, repr(problem).encode())
        try:
            self.send(request, reply)
        except (OSError, Gone):
            raise
        except Exception as problem:
            server.problems.append(f"{request!r}: {problem!r}")
            raise Gone from problem
        finally:
            request.ended = time.monotonic()

    def send(self, request, reply):
        """faults: no_answer, length (as told), chunked, calls {byte: function}, stall {byte: seconds}, drip (bytes a second),
        cut (bytes after which the connection is closed), reset (the same with RST)."""
        faults = reply.faults
        request.status = reply.status
        if "no_answer" in faults:
            self.close(reset=faults["no_answer"] == "reset")
        headers = {"Content-Length": str(faults.get("length", len(reply.content))), **reply.headers}
        if faults.get("chunked"):
            headers["Transfer-Encoding"], headers["Content-Length"] = "chunked", None
        head = f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Status')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
        self.socket.sendall((head + "\r\n").encode("utf-8", "surrogateescape"))
        if request.method == "HEAD" or reply.status in (204, 304):
            return
        self.send_body(request, reply.content, faults)
        if "length" in faults and faults["length"] != len(reply.content):
            self.close()

    def send_body(self, request, content, faults):
        size = len(content)
        end = min(size, faults.get("cut", size), faults.get("reset", size))
        calls, stalls = faults.get("calls", {}), faults.get("stall", {})
        stops = sorted({end, *(at for at in (*calls, *stalls) if at <= end)})
        at = 0
        for stop in stops:
            self.send_run(request, cut(content, at, stop - at), faults)
            at = stop
            if stop in stalls:
                self.server.pause(stalls[stop])
            if stop in calls:
                calls[stop](request)
        if "reset" in faults or "cut" in faults:
            self.close(reset="reset" in faults)
        if faults.get("chunked"):
            self.socket.sendall(b"0\r\n\r\n")

    def send_run(self, request, content, faults):
        if faults.get("chunked"):
            step = 1 << 16
            for at in range(0, len(content), step):
                piece = loaded(cut(content, at, step))
                self.socket.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                request.served += len(piece)
        elif "drip" in faults:
            step = max(1, faults["drip"] // 20)
            for at in range(0, len(content), step):
                self.pieces(request, cut(content, at, step))
                self.server.pause(step / faults["drip"])
        else:
            self.pieces(request, content)

    def pieces(self, request, content):
        """Sends all of it, counting what has left as it leaves."""
        if isinstance(content, Part) and not isinstance(self.socket, ssl.SSLSocket):
            descriptor = os.open(content.path, os.O_RDONLY)
            try:
                at, end = content.first, content.first + content.size
                while at < end:
                    sent = os.sendfile(self.socket.fileno(), descriptor, at, min(end - at, 4 << 20))
                    if sent == 0:
                        raise Gone
                    at += sent
                    request.served += sent
            finally:
                os.close(descriptor)
            return
        for at in range(0, len(content), 1 << 18):
            piece = loaded(cut(content, at, 1 << 18))
            self.socket.sendall(piece)
            request.served += len(piece)

    def close(self, reset=False):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        raise Gone


class Server:
    """Begins at once, on a port the system picks. `requests` holds every request in the order of arrival, `problems` the fake's own
    mistakes: a test must see them, not take them for a misbehaviour."""

    def __init__(self, handle, host="127.0.0.1", faults=None, certificate=None, name=""):
        self.handle, self.host, self.faults, self.name = handle, host, faults, name
        self.requests, self.problems, self.listeners = [], [], []
        self.lock, self.closing = threading.Lock(), threading.Event()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, 0), family=family, backlog=128)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def authority(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://{self.authority}"

    def accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context:
            try:
                sock = self.context.wrap_socket(sock, server_side=True)
            except (OSError, ssl.SSLError):
                sock.close()
                return
        Connection(self, sock).run()

    def note(self, request):
        with self.lock:
            request.number = len(self.requests) + 1
            self.requests.append(request)
        for listener in self.listeners:
            listener(request)

    def pause(self, seconds):
        """Ends early when the server is closed, so that no thread outlives its test."""
        if self.closing.wait(seconds):
            raise Gone

    def served(self, matching=""):
        return sum(request.served for request in self.requests if matching in request.path)

    def count(self, matching="", method=None):
        return sum(matching in request.path and method in (None, request.method) for request in self.requests)

    def forget(self):
        with self.lock:
            self.requests.clear()

    def close(self):
        self.closing.set()
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
