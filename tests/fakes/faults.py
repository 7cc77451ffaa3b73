"""Misbehaviour by name: "the first n requests whose path matches P do M". Each kind is one function in this file that takes the
request and the honest reply and gives what is sent instead. Which server uses them, and what is honest, is known elsewhere.

    faults.add("cut", path="model.safetensors", first=2, at=1000)      # the first two requests end after 1000 bytes
    faults.add("status", path="/api/", method="GET", skip=1, code=503)  # the second and all later ones are refused
"""
import gzip
import itertools
import re
import threading
import urllib.parse

from loopback import Part, Repeated, Reply, loaded

KINDS = {}


def kind(function):
    KINDS[function.__name__] = function
    return function


class Rule:
    def __init__(self, name, path, first, skip, method, server, values):
        self.name, self.path, self.method, self.server, self.values = name, re.compile(path), method, server, values
        self.first, self.skip, self.seen, self.used = first, skip, 0, 0

    def applies(self, request):
        if self.method and request.method != self.method or self.server and request.server.name != self.server:
            return False
        if not self.path.search(request.path):
            return False
        self.seen += 1
        if self.seen <= self.skip or self.first is not None and self.seen > self.skip + self.first:
            return False
        self.used += 1
        return True


class Faults:
    def __init__(self):
        self.rules, self.lock = [], threading.Lock()

    def __bool__(self):
        return bool(self.rules)

    def add(self, name, /, path="", first=None, skip=0, method=None, server=None, **values):
        """first: how many requests (None: all), after `skip` that pass. server: "hub", "cdn" … The rule counts its use in `used`."""
        KINDS[name]
        rule = Rule(name, path, first, skip, method, server, values)
        with self.lock:
            self.rules.append(rule)
        return rule

    def clear(self):
        with self.lock:
            self.rules.clear()

    def apply(self, request, reply):
        with self.lock:
            chosen = [rule for rule in self.rules if rule.applies(request)]
        for rule in chosen:
            reply = KINDS[rule.name](request, reply, **rule.values)
        return reply


# The wire.

@kind
def cut(request, reply, at):
    """The connection is closed after `at` bytes of the body."""
    reply.faults["cut"] = at
    return reply


@kind
def reset(request, reply, at):
    """The same with RST, which throws away what is on its way."""
    reply.faults["reset"] = at
    return reply


@kind
def no_answer(request, reply, how="close"):
    """Not even a status line: "close", or "reset"."""
    reply.faults["no_answer"] = how
    return reply


@kind
def stall(request, reply, at=0, seconds=3600):
    """Not a byte for `seconds` after `at` bytes; then on as if nothing had been."""
    reply.faults.setdefault("stall", {})[at] = seconds
    return reply


@kind
def drip(request, reply, rate=1):
    """`rate` bytes a second."""
    reply.faults["drip"] = rate
    return reply


@kind
def call(request, reply, at, do):
    """Calls do(request) when `at` bytes of the body have left."""
    reply.faults.setdefault("calls", {})[at] = do
    return reply


# Lengths and encodings.

@kind
def length(request, reply, by):
    """Content-Length tells `by` bytes more (or fewer) than are sent."""
    reply.faults["length"] = max(0, len(reply.content) + by)
    return reply


@kind
def endless(request, reply, byte=b"x", size=1 << 40):
    """A body without a length that does not end, as far as anyone can wait."""
    reply.content, reply.faults["chunked"] = Repeated(byte, size), True
    return reply


@kind
def chunked(request, reply):
    reply.faults["chunked"] = True
    return reply


@kind
def gzipped(request, reply):
    """Packed, whatever Accept-Encoding asked for."""
    reply.content = gzip.compress(loaded(reply.content))
    reply.headers["Content-Encoding"] = "gzip"
    return reply


@kind
def flip(request, reply, at, bit=0):
    """One bit of the byte at `at` of the body; nothing when the body ends before it."""
    content = bytearray(loaded(reply.content))
    if at < len(content):
        content[at] ^= 1 << bit
    reply.content = bytes(content)
    return reply


@kind
def content(request, reply, bytes):
    """Another body, with the length that belongs to it."""
    reply.content = bytes
    return reply


# Statuses and headers.

@kind
def status(request, reply, code, error="", message="", headers=(), bytes=None):
    """error: X-Error-Code, message: X-Error-Message, as the hub uses them."""
    more = {**({"X-Error-Code": error} if error else {}), **({"X-Error-Message": message} if message else {}), **dict(headers)}
    return Reply(code, b'{"error":"%s"}' % (message or "refused").encode() if bytes is None else bytes,
                 {"Content-Type": "application/json", **more})


@kind
def header(request, reply, name, value):
    """Set, or taken away when the value is None; whatever case it has."""
    for old in [old for old in reply.headers if old.lower() == name.lower()]:
        del reply.headers[old]
    if value is None and name.lower() == "content-length":
        reply.headers["Content-Length"] = None
    elif value is not None:
        reply.headers[name] = value
    return reply


@kind
def weak_etag(request, reply):
    for name in ("ETag", "X-Linked-Etag"):
        if name in reply.headers:
            reply.headers[name] = "W/" + reply.headers[name]
    return reply


@kind
def many_headers(request, reply, count=100_000):
    reply.headers.update({f"X-Bomb-{i}": "x" * 100 for i in range(count)})
    return reply


# Ranges and redirects.

@kind
def whole(request, reply):
    """200 with everything to a request for a part."""
    if reply.status == 206:
        part, total = reply.content, int(reply.headers.pop("Content-Range").rpartition("/")[2])
        reply.status = 200
        reply.content = Part(part.path, 0, total) if isinstance(part, Part) else request.whole
    return reply


@kind
def unsatisfiable(request, reply):
    return Reply(416, b"", {"Content-Range": "bytes */0"})


@kind
def redirect(request, reply, to, code=302):
    """to: a URL, a path, or a function of the request that gives one."""
    return Reply(code, b"", {"Location": to(request) if callable(to) else to})


@kind
def loop(request, reply, code=302):
    """To itself."""
    return Reply(code, b"", {"Location": request.target})


@kind
def hops(request, reply, count=20, relative=True):
    """`count` redirects before the honest reply."""
    done = int(request.query.get("hop", 0))
    if done >= count:
        return reply
    location = request.quoted_path + "?" + urllib.parse.urlencode({**request.query, "hop": done + 1})
    return Reply(302, b"", {"Location": location if relative else request.server.url + location})


# Other times.

@kind
def instead(request, reply, give):
    """Whatever give(request, reply) returns: for what has no name here."""
    return give(request, reply)


def numbered(template):
    """A `to` for redirect that is another place each time."""
    count = itertools.count(1)
    return lambda request: template.format(next(count))
