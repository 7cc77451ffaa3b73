"""Sockets and http.client against the fakes: that every fault does what its name says, to the byte."""
import gzip
import hashlib
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import time
import urllib.parse

from client import Client, main

import certificate  # noqa: E402
from fake_hub import FakeHub  # noqa: E402
from fake_registry import FakeRegistry  # noqa: E402
from faults import KINDS, numbered  # noqa: E402
from recording_proxy import RecordingProxy  # noqa: E402
from repository import Sparse, git_sha1  # noqa: E402

BODY = bytes(range(256)) * 40


def ask(url, method="GET", context=None, timeout=10, body=None, **headers):
    """(status, headers in lower case, body); the body as far as it came, with "short" among the headers when it ended early."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout, **({"context": context} if context else {}))
    connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), body, headers)
    answer = connection.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    try:
        content = answer.read()
    except http.client.IncompleteRead as short:
        content, found["short"] = short.partial, True
    connection.close()
    return answer.status, found, content


class Faults(Client):
    def setUp(self):
        super().setUp()
        self.hub = self.served(FakeHub())
        path = self.folder / "large.bin"
        path.write_bytes(BODY)
        self.hub.model("org/name", {"config.json": b"{}", "large.bin": path, "small.txt": BODY})
        self.url = f"{self.hub.url}/org/name/resolve/main/small.txt"
        self.large = ask(f"{self.hub.url}/org/name/resolve/main/large.bin")[1]["location"]

    def add(self, name, /, path="small.txt", first=1, **more):
        self.hub.faults.clear()
        return self.hub.faults.add(name, path=path, first=first, **more)

    def test_what_is_honest(self):
        status, headers, body = ask(self.url)
        self.assertEqual((status, body, headers["etag"]), (200, BODY, f'"{git_sha1(BODY)}"'))
        git = subprocess.run(["git", "hash-object", "--stdin"], input=BODY, capture_output=True)
        self.assertEqual(git.stdout.decode().strip(), git_sha1(BODY))
        for url in (self.url, self.large):
            self.assertEqual(ask(url)[2], BODY)
            self.assertEqual(ask(url, "HEAD")[1]["content-length"], str(len(BODY)))
            for asked, first, last in (("bytes=100-", 100, 10239), ("bytes=0-0", 0, 0), ("bytes=10000-99999", 10000, 10239), ("bytes=-3", 10237, 10239)):
                status, headers, body = ask(url, Range=asked)
                self.assertEqual((status, headers["content-range"], body), (206, f"bytes {first}-{last}/10240", BODY[first:last + 1]))
            self.assertEqual(ask(url, Range="bytes=10240-")[0], 416)
        status, headers, _ = ask(f"{self.hub.url}/org/name/resolve/main/large.bin", "HEAD")
        self.assertEqual((status, headers["x-linked-etag"]), (302, f'"{hashlib.sha256(BODY).hexdigest()}"'))
        self.assertEqual(self.hub.violations, [])
        self.assertEqual(ask(self.large, Authorization="Bearer x")[0], 400)
        self.assertEqual(len(self.hub.violations), 1)

    def test_the_wire(self):
        for url, path in ((self.url, "small.txt"), (self.large, "large.bin")):
            for at in (0, 1, 5000, 10239):
                self.add("cut", path, at=at)
                self.assertEqual(ask(url)[2], BODY[:at])
                self.assertEqual(ask(url)[2], BODY)
        self.add("reset", at=10)
        with self.assertRaises(ConnectionResetError):
            ask(self.url)
        for how in ("close", "reset"):
            self.add("no_answer", how=how)
            with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
                ask(self.url)
        self.add("stall", at=100)
        with self.assertRaises(TimeoutError):
            ask(self.url, timeout=0.3)
        self.add("stall", at=100, seconds=0.3)
        begin = time.monotonic()
        self.assertEqual(ask(self.url)[2], BODY)
        self.assertGreater(time.monotonic() - begin, 0.3)
        self.add("drip", rate=40_000)
        begin = time.monotonic()
        self.assertEqual(ask(self.url)[2], BODY)
        self.assertGreater(time.monotonic() - begin, 0.2)
        called = []
        self.add("call", at=77, do=lambda request: called.append(request.served))
        self.assertEqual(ask(self.url)[2], BODY)
        self.assertEqual(called, [77])

    def test_lengths_and_encodings(self):
        self.add("length", by=10)
        status, headers, body = ask(self.url)
        self.assertEqual((headers["content-length"], headers["short"], body), ("10250", True, BODY))
        self.add("length", by=-10)
        self.assertEqual(ask(self.url)[2], BODY[:-10])
        self.add("chunked")
        status, headers, body = ask(self.url)
        self.assertEqual((headers.get("content-length"), headers["transfer-encoding"], body), (None, "chunked", BODY))
        self.add("gzipped")
        status, headers, body = ask(self.url)
        self.assertEqual((headers["content-encoding"], gzip.decompress(body)), ("gzip", BODY))
        self.add("flip", at=3, bit=7)
        self.assertEqual(ask(self.url)[2], BODY[:3] + b"\x83" + BODY[4:])
        self.add("content", bytes=b"other")
        self.assertEqual(ask(self.url)[2], b"other")
        self.add("endless")
        parts = urllib.parse.urlsplit(self.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as sock:
            sock.sendall(b"GET /org/name/resolve/main/small.txt HTTP/1.1\r\nHost: x\r\n\r\n")
            got = 0
            while got < 10 << 20:
                got += len(sock.recv(1 << 20))

    def test_statuses_and_headers(self):
        rule = self.add("status", first=2, skip=1, code=403, error="GatedRepo", message="ask", headers={"Retry-After": "3"})
        self.assertEqual([ask(self.url)[0] for _ in range(4)], [200, 403, 403, 200])
        self.assertEqual(rule.used, 2)
        self.add("status", code=429, error="", headers={"RateLimit": '"resolvers";r=0;t=1'})
        self.assertEqual(ask(self.url)[1]["ratelimit"], '"resolvers";r=0;t=1')
        self.add("header", name="etag", value=None)
        self.assertNotIn("etag", ask(self.url)[1])
        self.add("header", name="Content-Length", value="-1")
        self.assertEqual(ask(self.url, "HEAD")[1]["content-length"], "-1")
        self.add("weak_etag")
        self.assertEqual(ask(self.url)[1]["etag"], f'W/"{git_sha1(BODY)}"')
        self.add("many_headers", count=1000)
        with self.assertRaises(http.client.HTTPException):
            ask(self.url)

    def test_ranges_and_redirects(self):
        for url, path in ((self.url, "small.txt"), (self.large, "large.bin")):
            self.add("whole", path)
            self.assertEqual(ask(url, Range="bytes=5-")[::2], (200, BODY))
            self.add("unsatisfiable", path)
            self.assertEqual(ask(url, Range="bytes=5-")[0], 416)
        self.add("redirect", to="http://example.org/x", code=307)
        self.assertEqual(ask(self.url)[:2][1]["location"], "http://example.org/x")
        self.add("redirect", first=2, to=numbered("/a{}"))
        self.assertEqual([ask(self.url)[1]["location"] for _ in range(2)], ["/a1", "/a2"])
        self.add("loop")
        self.assertEqual(ask(self.url)[1]["location"], "/org/name/resolve/main/small.txt")
        self.add("hops", first=None, count=3)
        url, seen = self.url, 0
        while (answer := ask(url))[0] == 302:
            url, seen = self.hub.url + answer[1]["location"], seen + 1
        self.assertEqual((seen, answer[2]), (3, BODY))
        self.add("instead", give=lambda request, reply: reply)
        self.assertEqual(ask(self.url)[2], BODY)

    def test_every_fault_is_tested_here(self):
        source = pathlib.Path(__file__).read_text()
        self.assertEqual([name for name in KINDS if f'self.add("{name}"' not in source], [])


class Hubs(Client):
    def test_ten_gigabytes_that_are_not_there(self):
        hub = self.served(FakeHub())
        hub.model("org/huge", {"model.safetensors": Sparse(10 << 30)})
        listed = json.loads(ask(f"{hub.url}/api/models/org/huge/tree/main?recursive=true")[2])
        self.assertEqual([one["size"] for one in listed], [10 << 30])

    def test_trees_that_do_not_end(self):
        hub = self.served(FakeHub())
        hub.model("org/many", {}).tree = lambda number: ([{"type": "file", "oid": "0" * 40, "size": 1, "path": f"f{number}"}], True)
        url = f"{hub.url}/api/models/org/many/tree/main?recursive=true"
        for number in range(50):
            _, headers, body = ask(url)
            self.assertEqual(json.loads(body)[0]["path"], f"f{number}")
            url = headers["link"].partition("<")[2].partition(">")[0]

    def test_tls_by_an_authority_of_ones_own(self):
        made = certificate.authority(self.folder)
        hub = self.served(FakeHub(certificate=certificate.server(self.folder, made)))
        hub.model("org/name", {"a.txt": b"x"})
        url = f"{hub.url}/org/name/resolve/main/a.txt"
        self.assertTrue(url.startswith("https://"))
        self.assertEqual(ask(url, context=ssl.create_default_context(cafile=made[0]))[2], b"x")
        with self.assertRaises(ssl.SSLCertVerificationError):
            ask(url)
        for names, days in ((("DNS:other.example",), 2), (("IP:127.0.0.1",), -1)):
            wrong = self.served(FakeHub(certificate=certificate.server(self.folder, made, names, days, f"wrong{days}")))
            with self.assertRaises(ssl.SSLCertVerificationError):
                ask(wrong.url, context=ssl.create_default_context(cafile=made[0]))

    def test_ipv6_and_a_proxy(self):
        hub = self.served(FakeHub(host="::1"))
        hub.model("org/name", {"a.txt": b"x"})
        self.assertEqual(ask(f"{hub.url}/org/name/resolve/main/a.txt")[2], b"x")
        with RecordingProxy() as proxy:
            done = subprocess.run(["python3", "-c", "import sys,urllib.request as u; print(u.urlopen(sys.argv[1]).read())",
                                   f"{hub.url}/org/name/resolve/main/a.txt"], capture_output=True, text=True,
                                  env={**os.environ, "http_proxy": proxy.url, "no_proxy": ""})
            self.assertEqual(done.stdout, "b'x'\n", done.stderr)
            self.assertEqual(proxy.asked, [f"GET {hub.url}/org/name/resolve/main/a.txt"])

    def test_it_is_not_what_limits_a_download(self):
        hub = self.served(FakeHub())
        path = self.folder / "big.bin"
        with open(path, "wb") as file:
            file.truncate(1 << 30)
        hub.model("org/name", {"big.bin": Sparse(1 << 30, path=str(path))})
        url = urllib.parse.urlsplit(ask(f"{hub.url}/org/name/resolve/main/big.bin")[1]["location"])
        begin, got, buffer = time.monotonic(), 0, bytearray(1 << 20)
        with socket.create_connection((url.hostname, url.port), timeout=10) as sock:
            sock.sendall(f"GET {url.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            while got < 1 << 30:
                got += sock.recv_into(buffer)
        print(f"fake hub: 1 GiB in {time.monotonic() - begin:.2f} s on this machine as it is now loaded")


class Registries(Client):
    def test_manifest_blob_token_push(self):
        registry = self.served(FakeRegistry())
        manifest = registry.model("library/tiny", {"model": BODY, "template": b"t"}, {"file_type": "F32"})
        base = f"{registry.url}/v2/library/tiny"
        self.assertEqual(json.loads(ask(f"{base}/manifests/latest")[2]), manifest)
        digest = manifest["layers"][0]["digest"]
        self.assertEqual(ask(f"{base}/blobs/{digest}", "HEAD")[1]["content-length"], str(len(BODY)))
        status, headers, _ = ask(f"{base}/blobs/{digest}")
        self.assertEqual((status, ask(headers["location"], Range="bytes=10-")[2]), (307, BODY[10:]))
        registry.authenticate = True
        status, headers, _ = ask(f"{base}/manifests/latest")
        self.assertEqual(status, 401)
        self.assertIn(f'realm="{registry.url}/token"', headers["www-authenticate"])
        token = json.loads(ask(f"{registry.url}/token?service=x&scope=repository:library/tiny:pull")[2])["token"]
        self.assertEqual(ask(f"{base}/manifests/latest", Authorization=f"Bearer {token}")[0], 200)
        self.assertEqual(ask(f"{base}/blobs/uploads/", "POST")[0], 401)
        status, headers, _ = ask(f"{base}/blobs/uploads/", "POST", Authorization=f"Bearer {token}")
        self.assertEqual(status, 202)
        where = headers["location"]
        self.assertEqual(ask(where, "PATCH", body=b"hello", Authorization=f"Bearer {token}")[0], 202)
        good = "sha256:" + hashlib.sha256(b"hello").hexdigest()
        self.assertEqual(ask(f"{where}?digest={good}", "PUT", Authorization=f"Bearer {token}")[0], 201)
        self.assertEqual(registry.blobs[good], b"hello")
        lacking = json.dumps({**manifest, "layers": [{**manifest["layers"][0], "digest": "sha256:" + "0" * 64}]})
        self.assertEqual(ask(f"{base}/manifests/new", "PUT", body=lacking, Authorization=f"Bearer {token}")[0], 400)
        self.assertEqual(ask(f"{base}/manifests/new", "PUT", body=json.dumps(manifest), Authorization=f"Bearer {token}")[0], 201)


if __name__ == "__main__":
    main()
