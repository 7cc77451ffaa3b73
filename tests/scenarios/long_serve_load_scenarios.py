"""maru serve under load, over loopback, with small answers: many connections, idle ones, clients that leave, models that come and go, a long
run of small requests. Every load ends by itself; figures are printed, and what must hold is claimed.

Environment: MARU_SOAK_REQUESTS (200000), MARU_IDLE_CONNECTIONS (10000).
"""
import asyncio
import json
import os
import random
import resource
import statistics
import threading
import time
import unittest
import urllib.request

from scenario import PROGRAM, main
from served import HAVE_MODELS, Server

SOAK = int(os.environ.get("MARU_SOAK_REQUESTS", "200000"))
IDLE = int(os.environ.get("MARU_IDLE_CONNECTIONS", "10000"))


class Health(threading.Thread):
    """Asks /health every ten milliseconds over one connection while something else goes on; keeps how long each answer took."""
    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.took, self.going = port, [], True

    def run(self):
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while self.going:
            begin = time.monotonic()
            connection.request("GET", "/health")
            answer = connection.getresponse()
            answer.read()
            self.took.append(1000 * (time.monotonic() - begin) if answer.status == 200 else 1e9)
            time.sleep(0.01)
        connection.close()

    def end(self):
        self.going = False
        self.join(30)
        ordered = sorted(self.took)
        return {"asked": len(ordered), "p50_ms": round(statistics.median(ordered), 2), "p999_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.999))], 2),
                "worst_ms": round(ordered[-1], 2)}


async def request(port, path, body=None, reader_writer=None, close=True):
    """(status, body). With `reader_writer` on a connection that is kept."""
    reader, writer = reader_writer or await asyncio.open_connection("127.0.0.1", port)
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    writer.write((head + ("Connection: close\r\n" if close else "") + "\r\n").encode() + data)
    await writer.drain()
    status = int((await reader.readline()).split()[1])
    length, chunked = 0, False
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
        if name.lower() == "transfer-encoding":
            chunked = True
    content = b""
    if chunked:
        while (size := int((await reader.readline()).split(b";")[0], 16)):
            content += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    elif length:
        content = await reader.readexactly(length)
    if close:
        writer.close()
    return status, content


def prompt(i, tokens=8, model="smollm2", **more):
    return {"model": model, "prompt": f"Number {i}.", "stream": False, "options": {"num_predict": tokens, "temperature": 0}, **more}


@unittest.skipUnless(HAVE_MODELS, "MARU_TEST_SMOLLM2 or MARU_TEST_MINILM is not set")
class Load(unittest.TestCase):
    def setUp(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 40_000), hard))

    def serve(self, *options):
        server = Server(PROGRAM, *options)
        self.addCleanup(server.stop)
        return server

    def settled(self, server):
        """No request is running, and no page is held but by the prefix cache."""
        for _ in range(100):
            with urllib.request.urlopen(server.url + "/api/ps") as answer:
                if all(model["requests"] == 0 for model in json.load(answer)["models"]):
                    return
            time.sleep(0.1)
        self.fail("requests did not end")

    def told(self, what, **figures):
        print(json.dumps({"what": what, **figures}), flush=True)

    def test_a_thousand_connections_of_which_64_generate(self):
        server = self.serve()
        health = Health(server.port)

        async def go():
            kept = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(936)]
            begin = time.monotonic()
            answers = await asyncio.gather(*(request(server.port, "/api/generate", prompt(i, 32)) for i in range(64)))
            for reader, writer in kept:
                writer.close()
            return answers, time.monotonic() - begin
        asyncio.run(request_warm(server.port))
        health.start()
        answers, seconds = asyncio.run(go())
        figures = health.end()
        self.assertEqual({status for status, _ in answers}, {200})
        self.told("1000 connections, 64 generate", seconds=round(seconds, 2), tokens_per_second=round(64 * 32 / seconds, 1), health=figures)
        self.holds(figures)

    def holds(self, figures):
        self.assertLess(figures["p999_ms"], 50, figures)
        self.assertLess(figures["worst_ms"], 250, figures)

    def test_idle_connections(self):
        server = self.serve()
        health = Health(server.port)
        before = server.resident_mib()

        async def go():
            kept = []
            for i in range(IDLE):
                kept.append(await asyncio.open_connection("127.0.0.1", server.port))
            health.start()
            resident = server.resident_mib()
            status, _ = await request(server.port, "/api/generate", prompt(1))
            await asyncio.sleep(1)
            for _, writer in kept:
                writer.close()
            return resident, status
        resident, status = asyncio.run(go())
        figures = health.end()
        self.assertEqual(status, 200)
        self.told(f"{IDLE} idle connections", before_mib=before, with_mib=resident, health=figures)
        self.assertLess(resident - before, 400)
        self.holds(figures)

    def test_a_cancel_storm(self):
        server = self.serve()
        asyncio.run(request_warm(server.port))
        health = Health(server.port)
        health.start()
        descriptors = server.descriptors()

        async def leave(i):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            data = json.dumps(prompt(i, 2000, stream=True)).encode()
            writer.write(f"POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            await writer.drain()
            await asyncio.sleep(random.Random(i).random() * 0.5)
            writer.close()

        async def go():
            for wave in range(20):
                await asyncio.gather(*(leave(wave * 64 + i) for i in range(64)))
            return await request(server.port, "/api/generate", prompt(0))
        status, _ = asyncio.run(go())
        figures = health.end()
        self.assertEqual(status, 200)
        self.settled(server)
        self.told("1280 clients that leave", health=figures, descriptors=[descriptors, server.descriptors()], resident_mib=server.resident_mib())
        self.assertLessEqual(server.descriptors(), descriptors + 8)
        self.holds(figures)

    def test_models_come_and_go(self):
        server = self.serve("--loaded-models", "2")
        for i in range(5):
            server.maru("cp", "smollm2", f"copy{i}")
        health = Health(server.port)
        health.start()

        async def go():
            chosen = random.Random(7)
            async def client(number):
                statuses = []
                for i in range(12):
                    statuses.append((await request(server.port, "/api/generate", prompt(i, 2, f"copy{chosen.randrange(5)}", keep_alive=chosen.choice([0, "1s", "5m"]))))[0])
                return statuses
            return [status for many in await asyncio.gather(*(client(n) for n in range(8))) for status in many]
        statuses = asyncio.run(go())
        figures = health.end()
        self.told("96 requests over five models, room for two", statuses={status: statuses.count(status) for status in set(statuses)}, health=figures,
                  resident_mib=server.resident_mib())
        self.assertEqual(set(statuses), {200})
        self.holds(figures)

    def test_a_soak(self):
        server = self.serve("--queue", "4096")
        asyncio.run(request_warm(server.port))
        samples = []
        health = Health(server.port)
        health.start()

        async def go():
            left = iter(range(SOAK))

            async def client():
                connection = await asyncio.open_connection("127.0.0.1", server.port)
                for i in left:
                    path, body = (("/api/embed", {"model": "all-minilm", "input": f"text {i % 977}"}) if i % 4 else
                                  ("/api/generate", prompt(i % 31, 1)) if i % 32 == 0 else ("/tokenize", {"model": "smollm2", "content": f"text {i}"}))
                    status, _ = await request(server.port, path, body, connection, close=False)
                    if status != 200:
                        raise AssertionError(f"{path}: {status}")
                    if i % max(1, SOAK // 20) == 0:
                        samples.append((server.resident_mib(), server.descriptors()))
                connection[1].close()
            begin = time.monotonic()
            await asyncio.gather(*(client() for _ in range(32)))
            return time.monotonic() - begin
        seconds = asyncio.run(go())
        figures = health.end()
        self.told(f"{SOAK} small requests", seconds=round(seconds, 1), per_second=round(SOAK / seconds), resident_mib=[m for m, _ in samples],
                  descriptors=[d for _, d in samples], health=figures)
        half = samples[len(samples) // 2:]
        self.assertLess(half[-1][0] - half[0][0], 16, samples)
        self.assertLess(half[-1][1] - half[0][1], 8, samples)
        self.holds(figures)


async def request_warm(port):
    status, content = await request(port, "/api/generate", prompt(0))
    assert status == 200, content
    status, content = await request(port, "/api/embed", {"model": "all-minilm", "input": "warm"})
    assert status == 200, content


main()
