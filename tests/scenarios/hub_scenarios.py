"""maru pull against an honest hub: what comes, what does not, what is said; names, revisions, credentials, proxies,
certificates, no network."""
import ctypes
import json
import os
import pickle
import resource
import struct
import subprocess
import sys
import time
import zipfile

from hub_scenario import HubScenario, sha256
from scenario import main

import certificate
from recording_proxy import RecordingProxy
from repository import Sparse

SOCKETS = (41, 198)  # socket(2) on x86-64 and aarch64
RETURN, LOAD, JUMP_EQUAL, KILL, ALLOW = 0x06, 0x20, 0x15, 0x80000000, 0x7FFF0000


def no_socket():
    """In the child: from now on socket(2) kills. A seccomp filter, in classic BPF (man 2 seccomp)."""
    number = SOCKETS[os.uname().machine == "aarch64"]
    steps = ((LOAD, 0, 0, 0), (JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, KILL), (RETURN, 0, 0, ALLOW))
    filter_ = b"".join(struct.pack("HBBI", *one) for one in steps)
    buffer = ctypes.create_string_buffer(filter_, len(filter_))
    program = struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) != 0:  # NO_NEW_PRIVS; SECCOMP, FILTER
        raise OSError(ctypes.get_errno(), "seccomp")


class Pulls(HubScenario):
    def test_a_model_comes_whole_and_nothing_else(self):
        home, (files, left) = self.home(), self.bert()
        repository = home.hub.model("org/tiny-bert", {**files, **left}, tags=["license:mit"], card={"license": "mit"})
        for name in ("hf:org/tiny-bert", "org/tiny-bert", "hf.co/org/tiny-bert", f"{home.hub.url}/org/tiny-bert"):
            with self.subTest(name):
                model = home.json("pull", name)
                self.assertEqual((model["name"], model["revision"], model["licence"], model["usable"]),
                                 ("tiny-bert", repository.sha("main"), "mit", True))
        home.holds(model, files)
        asked = [request.path for request in home.hub.requests()]
        self.assertFalse([path for path in asked if any(name in path for name in left)], asked)
        self.assertEqual(home.hub.served(), sum(map(len, files.values())), "once is enough")
        self.assertEqual(len(home.json("embed", "tiny-bert", "cat")["embeddings"][0]), 32)

    def test_parts_with_an_index(self):
        home, files = self.home(), self.sharded()
        home.hub.model("org/parts", files)
        model = home.json("pull", "hf:org/parts")
        self.assertTrue(model["usable"], model)
        home.holds(model, files)

    def test_one_quantisation_of_many(self):
        home = self.home()
        ggufs = {f"Tiny-{kind}.gguf": self.gguf(seed=seed, size=10) for seed, kind in enumerate(("Q2_K", "Q4_K_M", "Q8_0"))}
        home.hub.model("org/Tiny-GGUF", {**ggufs, "README.md": b"# Tiny"})
        model = home.json("pull", "hf.co/org/Tiny-GGUF:Q8_0")
        self.assertIn("Tiny-Q8_0.gguf", {file["name"] for file in model["files"]})
        model = home.json("pull", "hf.co/org/Tiny-GGUF")
        self.assertIn("Tiny-Q4_K_M.gguf", {file["name"] for file in model["files"]})
        self.assertEqual(home.hub.served("Q2_K"), 0)
        home.refuses("pull", "hf.co/org/Tiny-GGUF:Q3_K_S", names=["Q3_K_S", "Tiny-Q2_K.gguf"])
        self.assertEqual(home.json("run", "Tiny-Q8_0", "x", "--max-tokens", "1")["tokens"] is not None, True)

    def test_a_data_set(self):
        home = self.home()
        home.hub.dataset("org/lines", {"train.jsonl": b'{"text": "a"}\n', "README.md": b"# Lines", "lines.py": b"raise SystemExit"})
        model = home.json("pull", "hf:datasets/org/lines")
        self.assertEqual((model["kind"], model["name"]), ("data", "lines"))
        self.assertEqual(home.json("list"), {"models": []})
        self.assertEqual(home.hub.served("lines.py"), 0)
        repository = home.hub.repositories["dataset", "org/lines"]
        repository.commit({"default/train/0000.parquet": b"PAR1"}, branch="refs/convert/parquet", replace=True)
        model = home.json("pull", "hf:datasets/org/lines")
        self.assertIn("default/train/0000.parquet", {file["name"] for file in model["files"]})

    def test_closed_missing_and_misspelled_are_told_apart(self):
        home, (files, _) = self.home(), self.bert()
        home.hub.tokens.update({"hf_good": {"name": "me"}})
        closed = home.hub.model("org/closed", files, gated="manual")
        home.hub.model("org/private", files, private=True)
        page = f"{home.hub.url}/org/closed"
        home.refuses("pull", "hf:org/closed", says=["accept"], names=["HF_TOKEN", page])
        home.refuses("pull", "hf:org/closed", says=["accept"], names=[page], HF_TOKEN="hf_good")
        for name in ("hf:org/private", "hf:org/nothing"):
            home.refuses("pull", name, names=["HF_TOKEN", name])
            home.refuses("pull", name, names=[name], HF_TOKEN="hf_good")
        home.refuses("pull", "hf:org/closed", names=["/settings/tokens"], HF_TOKEN="hf_wrong")
        home.hub.model("org/open", files)
        home.refuses("pull", "hf:org/open@nothing", names=["nothing"])
        home.refuses("pull", "hf:org/../x", code=2)
        home.is_empty()
        closed.granted.add("me")
        home.holds(home.json("pull", "hf:org/closed", HF_TOKEN="hf_good"), files)
        self.write("person/.cache/huggingface/token", "hf_good\n")
        home.json("rm", "closed")
        home.holds(home.json("pull", "hf:org/closed"), files)
        self.assertTrue(any(request.header("authorization") == "Bearer hf_good" for request in home.hub.hub.requests))
        self.assertFalse(any(request.header("authorization") for request in home.hub.cdn.requests))
        self.assertTrue(home.hub.cdn.requests)
        for path in home.path.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"hf_good", path.read_bytes(), path)

    def test_a_renamed_repository_is_followed_and_said(self):
        home, (files, _) = self.home(), self.bert()
        home.hub.model("old/tiny", files)
        home.hub.rename("old/tiny", "new-owner/newer")
        model = home.json("pull", "hf:old/tiny")
        home.holds(model, files)
        self.assertTrue(any("new-owner/newer" in note for note in model["notes"]), model["notes"])

    def test_a_branch_that_moves_while_it_is_pulled_gives_one_commit(self):
        home, (files, _) = self.home(), self.bert()
        repository = home.hub.model("org/moving", files)
        first = repository.sha("main")

        def move(request):
            if "/tree/" in request.path:
                repository.commit({"config.json": b"{}", "model.safetensors": b"other"})
        home.hub.hub.listeners.append(move)
        model = home.json("pull", "hf:org/moving")
        self.assertEqual(model["revision"], first)
        home.holds(model, files)

    def test_only_what_changed_is_fetched_again(self):
        home, (files, _) = self.home(), self.bert()
        repository = home.hub.model("org/changing", files)
        first = home.json("pull", "hf:org/changing")
        home.hub.forget()
        changed = {**files, "README.md": b"---\nlicense: mit\n---\n# Tiny, better told"}
        repository.commit(changed)
        second = home.json("pull", "hf:org/changing")
        self.assertNotEqual(first["revision"], second["revision"])
        home.holds(second, changed)
        self.assertEqual(home.hub.served(), len(changed["README.md"]))
        pinned = home.json("pull", f"hf:org/changing@{first['revision']}", "--name", "pinned")
        self.assertEqual(pinned["revision"], first["revision"])

    def test_one_content_under_two_names_is_one_blob_and_one_download(self):
        home, (files, _) = self.home(), self.bert()
        home.hub.model("org/one", files)
        home.hub.model("other/two", files)
        home.json("pull", "hf:org/one")
        home.hub.forget()
        home.holds(home.json("pull", "hf:other/two"), files)
        self.assertEqual(home.hub.served("model.safetensors"), 0)
        self.assertEqual(len(home.blobs()), len(set(files.values())))
        home.json("rm", "one")
        self.assertTrue(home.json("verify")["ok"])
        home.json("rm", "two")
        self.assertEqual(home.blobs(), [])

    def test_small_files_through_the_hubs_own_redirect(self):
        home, (files, _) = self.home(), self.bert()
        home.hub.resolve_cache = True
        home.hub.model("org/cached", files)
        home.holds(home.json("pull", "hf:org/cached"), files)

    def test_ten_gigabytes_are_planned_without_being_read(self):
        home = self.home()
        hole = self.folder / "hole"
        hole.touch()
        os.truncate(hole, 10 << 30)
        home.hub.model("org/huge", {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": Sparse(10 << 30, path=str(hole))})
        begin = time.monotonic()
        plan = home.json("pull", "hf:org/huge", "--dry-run")
        self.assertLess(time.monotonic() - begin, 2)
        self.assertGreaterEqual(plan["download_bytes"], 10 << 30)
        self.assertEqual(home.hub.served("model.safetensors"), 0)
        home.is_empty()

    def test_a_disk_too_small_is_said_before_the_first_byte(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(small)])
        home = self.home("small/home")
        home.hub.model("org/big", {"big.gguf": self.gguf(size=20 << 20)})
        home.refuses("pull", "hf:org/big")
        self.assertEqual(home.hub.served(), 0)
        home.is_empty()
        subprocess.run(["mount", "-o", "remount,size=512m", str(small)], check=True)
        home.json("pull", "hf:org/big")
        self.assertTrue(home.json("verify")["ok"])

    def test_a_file_that_may_not_grow(self):
        home = self.home()
        weights = self.gguf(size=4 << 20)
        home.hub.model("org/big", {"big.gguf": weights})
        home.refuses("pull", "hf:org/big", within=5, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
        home.is_empty()
        home.holds(home.json("pull", "hf:org/big"), {"big.gguf": weights})

    def test_two_at_once_download_once(self):
        home = self.home()
        weights = self.gguf(size=6 << 20)
        home.hub.model("org/both", {"both.gguf": weights})
        home.hub.faults.add("stall", path="both.gguf", server="cdn", first=1, at=1 << 20, seconds=0.5)
        running = [home.begin("pull", "hf:org/both", "--json") for _ in range(3)]
        outputs = [one.communicate(timeout=60) for one in running]
        self.assertEqual([one.returncode for one in running], [0] * 3, outputs)
        for output, _ in outputs:
            home.holds(json.loads(output), {"both.gguf": weights})
        self.assertEqual(home.hub.served("both.gguf"), len(weights))


class Networks(HubScenario):
    def test_offline_opens_no_socket(self):
        probe = subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], preexec_fn=no_socket, capture_output=True)
        self.assertLess(probe.returncode, 0, "the filter must kill what opens a socket, or this scenario proves nothing")
        home, (files, _) = self.home(), self.bert()
        home.hub.model("org/tiny", files)
        home.json("pull", "hf:org/tiny")
        asked = len(home.hub.requests())
        for setting in ({"MARU_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "1"}, {"TRANSFORMERS_OFFLINE": "1"}):
            with self.subTest(setting):
                self.assertEqual(home.json("pull", "hf:org/tiny", before=no_socket, **setting)["name"], "tiny")
                self.assertEqual(len(home.json("embed", "tiny", "cat", before=no_socket, **setting)["embeddings"][0]), 32)
                home.refuses("pull", "hf:org/other", before=no_socket, names=["hf:org/other", *setting], **setting)
                self.assertTrue(home.json("verify", before=no_socket, **setting)["ok"])
        said = home.refuses("pull", "hf:org/other", "--offline", before=no_socket, names=["hf:org/other", "--offline"])
        self.assertNotIn("OFFLINE", said)
        self.assertEqual(len(home.hub.requests()), asked)
        killed = home.maru("pull", "hf:org/other", before=no_socket)
        self.assertLess(killed.returncode, 0, "without the setting it would have asked")

    def test_without_a_network_the_host_is_named(self):
        home = self.home()
        for endpoint in ("http://127.0.0.1:9", "http://no-such-host.invalid"):
            home.refuses("pull", "hf:org/tiny", names=["hf:org/tiny", endpoint.partition("//")[2]], within=40, HF_ENDPOINT=endpoint)

    def test_a_proxy_is_used_when_one_is_named(self):
        home, (files, _) = self.home(), self.bert()
        home.hub.model("org/tiny", files)
        for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            with self.subTest(variable), RecordingProxy() as proxy:
                home.maru("rm", "tiny")
                home.holds(home.json("pull", "hf:org/tiny", **{variable: proxy.url}), files)
                self.assertTrue(any("model.safetensors" in one for one in proxy.asked), proxy.asked)
                self.assertTrue(any("/api/models/" in one for one in proxy.asked), proxy.asked)
        with RecordingProxy() as proxy:
            home.maru("rm", "tiny")
            home.json("pull", "hf:org/tiny", http_proxy=proxy.url, no_proxy="127.0.0.1")
            self.assertEqual(proxy.asked, [])

    def test_an_authority_of_ones_own(self):
        made = certificate.authority(self.folder)
        home, (files, _) = self.home(certificate=certificate.server(self.folder, made)), self.bert()
        home.hub.model("org/tiny", files)
        home.refuses("pull", "hf:org/tiny", names=["SSL_CERT_FILE"], within=20)
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            with self.subTest(variable):
                home.maru("rm", "tiny")
                home.holds(home.json("pull", "hf:org/tiny", **{variable: str(made[0])}), files)
        home.refuses("pull", "hf:org/other", names=["nothing.pem"], within=20, SSL_CERT_FILE=str(self.folder / "nothing.pem"))
        with RecordingProxy() as proxy:
            home.maru("rm", "tiny")
            home.holds(home.json("pull", "hf:org/tiny", SSL_CERT_FILE=str(made[0]), HTTPS_PROXY=proxy.url), files)
            self.assertIn(f"CONNECT {home.hub.hub.authority}", proxy.asked)

    def test_certificates_that_are_not_for_this_host_or_not_for_now(self):
        made = certificate.authority(self.folder)
        for names, days in ((("DNS:other.example",), 2), (("IP:127.0.0.1",), -1)):
            with self.subTest(names):
                home = self.home(f"home{days}", certificate=certificate.server(self.folder, made, names, days, f"server{days}"))
                home.refuses("pull", "hf:org/tiny", names=[home.hub.hub.authority.rpartition(":")[0]], within=20,
                             SSL_CERT_FILE=str(made[0]))

    def test_a_hub_with_a_long_address(self):
        home, (files, _) = self.home(host="::1"), self.bert()
        home.hub.model("org/tiny", files)
        home.holds(home.json("pull", "hf:org/tiny"), files)


class Caches(HubScenario):
    def test_a_hugging_face_cache_is_read_in_place(self):
        files, _ = self.bert()
        cache = self.folder / "cache"
        commit = "a" * 40
        root = cache / "models--org--tiny"
        snapshot = root / "snapshots" / commit
        for name, content in files.items():
            blob = root / "blobs" / sha256(content)
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(content)
            (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
            (snapshot / name).symlink_to(os.path.relpath(blob, (snapshot / name).parent))
        (root / "refs").mkdir()
        (root / "refs/main").write_text(commit)
        home = self.home()
        model = home.json("pull", "hf:org/tiny", HF_HUB_CACHE=str(cache), MARU_OFFLINE="1", before=no_socket)
        self.assertEqual(model["revision"], commit)
        home.holds(model, files)
        self.assertTrue(all("place" in file for file in model["files"]), model["files"])
        self.assertEqual(home.blobs(), [])
        self.assertEqual(len(home.json("embed", "tiny", "cat")["embeddings"][0]), 32)


class Unpickled(HubScenario):
    def test_a_pickle_that_would_run_is_refused_and_does_not(self):
        home, (files, _) = self.home(), self.bert()
        trace = self.folder / "it-ran"

        class Runs:
            def __reduce__(self):
                return os.mkdir, (str(trace),)
        path = self.folder / "pytorch_model.bin"
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("archive/data.pkl", pickle.dumps({"a": Runs()}, protocol=2))
            out.writestr("archive/version", "3\n")
        del files["model.safetensors"]
        home.hub.model("org/evil", {**files, "pytorch_model.bin": path})
        done = home.maru("pull", "hf:org/evil", "--json")
        self.assertFalse(trace.exists())
        self.assertFalse(json.loads(done.stdout).get("usable", False), done.stdout)

    def test_tensorflow_alone_names_the_alternative(self):
        home, (files, _) = self.home(), self.bert()
        del files["model.safetensors"]
        home.hub.model("org/tf", {**files, "tf_model.h5": b"x"})
        home.refuses("pull", "hf:org/tf", names=["safetensors"])
        home.is_empty()


if __name__ == "__main__":
    main()
