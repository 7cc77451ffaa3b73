"""maru pull against a hub that misbehaves in every way a test can name: the model arrives byte for byte, or the store stays whole and one
line says why. Afterwards an honest hub is enough."""
import json
import random

from hub_scenario import HubScenario
from scenario import main

AGAIN = {"Retry-After": "0"}
BODIES = ("cut", "reset", "no_answer", "stall", "drip", "length", "endless", "chunked", "gzipped", "flip", "content", "whole",
          "unsatisfiable")
WEIGHTS = "model.safetensors"


def case(fault, path=WEIGHTS, says=None, **values):
    """says: words of the refusal; None where the pull must succeed. What is wrong with a body is wrong where the bytes come from."""
    if path == WEIGHTS and fault in BODIES:
        values.setdefault("server", "cdn")
    return {"fault": fault, "path": path, "says": says, **values}


# What passes: each ends in the model, whole.
PASSING = [
    *(case("cut", at=at, first=1) for at in (0, 1, 7, 8, 4096, 50_000)),
    case("cut", at=30_000, first=3),
    case("cut", path="config.json", at=5, first=1), case("cut", path="tokenizer.json", at=0, first=2),
    case("cut", path="/tree/", at=10, first=1), case("cut", path="/revision/", at=10, first=2),
    case("reset", at=20_000, first=1), case("reset", path="/tree/", at=3, first=1),
    case("no_answer", first=1), case("no_answer", how="reset", first=2), case("no_answer", path="/revision/", first=1),
    case("stall", at=10_000, first=1, wait="1"), case("stall", at=0, first=1, wait="1"), case("stall", path="/tree/", first=1, wait="1"),
    case("drip", rate=60_000, first=1),
    *(case("status", path=path, code=code, headers=AGAIN, first=2)
      for path in (WEIGHTS, "config.json", "/tree/", "/revision/") for code in (408, 429, 500, 502, 503, 504)),
    case("status", code=429, headers={"RateLimit": '"resolvers";r=0;t=1'}, first=1),
    case("status", path="/revision/", code=429, headers={"RateLimit": '"api";r=0;t=1', "RateLimit-Policy": '"api";q=500;w=300'}, first=1),
    *(case("length", path=path, by=by, first=1) for path, by in ((WEIGHTS, 100), ("config.json", 3), (WEIGHTS, -100), ("config.json", -3))),
    case("chunked"), case("chunked", path=""), case("gzipped", path="config.json"), case("gzipped"), case("gzipped", path="/tree/"),
    *(case("flip", at=at, first=1) for at in (0, 9, 40_000)), case("flip", path="config.json", at=0, first=1),
    case("weak_etag", path=""),
    *(case("header", path="", name=name, value=None) for name in ("ETag", "X-Repo-Commit", "X-Linked-Size", "X-Linked-Etag")),
    case("header", name="ETag", value='"changes"'),
    case("whole"), case("whole", after_cut=True, first=1), case("unsatisfiable", after_cut=True, first=1),
    case("hops", count=9, server="hub"), case("hops", count=3, relative=False, path="config.json"),
    case("redirect", to=lambda request: request.target + "?again=1", code=307, first=1, path="config.json"),
    case("status", code=403, server="cdn", first=1, after_cut=True),  # the signed address ran out
]

# What is refused, each in one line.
REFUSED = [
    case("flip", at=1000, says=[WEIGHTS, "sha256 sum"]), case("flip", path="config.json", at=1, says=["config.json", "git sha1 sum"]),
    case("content", bytes=b"a page of a hotel's network", says=[WEIGHTS]), case("content", path="/tree/", bytes=b"<html>", says=["org/x"]),
    case("content", path="/revision/", bytes=b"[]", says=["org/x"]),
    case("content", path="/revision/", bytes=b'{"sha": "../../x"}', says=["org/x"]),
    case("content", path="/tree/", bytes=b'{"error": "x"}', says=["org/x"]), case("content", path="/tree/", bytes=b"[1]", says=["org/x"]),
    case("content", path="/tree/", bytes=b"[" * 100_000, says=["org/x"]),
    case("loop", says=["redirect"]), case("loop", path="/revision/", says=["redirect"]), case("hops", count=20, says=["redirect"]),
    *(case("redirect", to=to, says=["URL", WEIGHTS])
      for to in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "http://", "http://user:word@127.0.0.1:1/")),
    case("status", code=404, says=[WEIGHTS, "404"]), case("status", code=404, error="EntryNotFound", message="gone", says=[WEIGHTS]),
    case("status", code=401, says=[WEIGHTS]), case("status", code=403, error="GatedRepo", message="ask", says=[WEIGHTS]),
    case("status", code=403, message="Access to this resource is disabled.", path="/revision/", says=["disabled"]),
    *(case("status", path="/revision/", code=code, error=error, says=["org/x"])
      for code in (401, 403, 404) for error in ("", "RepoNotFound", "GatedRepo", "RevisionNotFound", "EntryNotFound")),
    case("status", code=410, says=[WEIGHTS]), case("status", code=451, says=[WEIGHTS]),
    case("status", code=500, headers=AGAIN, says=[WEIGHTS, "500"]),
    case("status", path="/tree/", code=503, headers=AGAIN, says=["503"]),
    case("status", path="/tree/", code=429, headers=AGAIN, says=["HF_TOKEN"]),
    case("endless", says=[WEIGHTS]),
    case("endless", path="/tree/", says=["org/x", "127.0.0.1"]), case("endless", path="config.json", says=["config.json"]),
    case("many_headers", path="/revision/", says=["org/x", "127.0.0.1"]), case("many_headers", says=["127.0.0.1"]),
    case("cut", at=0, says=[WEIGHTS]), case("no_answer", path="/revision/", says=["org/x", "127.0.0.1"]),
]


class Misbehaves(HubScenario):
    def prepared(self, number):
        home, (files, _) = self.home(f"home{number}"), self.bert()
        home.hub.model("org/x", files)
        return home, files

    def add(self, home, one):
        values = {name: value for name, value in one.items() if name not in ("fault", "says", "wait", "after_cut")}
        if one.get("after_cut"):
            home.hub.faults.add("cut", path=WEIGHTS, server="cdn", first=1, at=10_000)
            values["skip"] = 1
        return home.hub.faults.add(one["fault"], **values)

    def test_what_passes_gives_the_model_whole(self):
        def run(number, one):
            home, files = self.prepared(number)
            rule = self.add(home, one)
            model = home.json("pull", "hf:org/x", HF_HUB_DOWNLOAD_TIMEOUT=one.get("wait", "20"))
            if "first" in one:
                self.assertGreaterEqual(rule.used, 1, "the fault was never met")
            home.holds(model, files)
        self.each(PASSING, run)

    def test_what_does_not_pass_leaves_the_store_whole_and_says_why(self):
        def run(number, one):
            home, files = self.prepared(number)
            rule = self.add(home, one)
            home.refuses("pull", "hf:org/x", says=one["says"], within=60)
            self.assertGreaterEqual(rule.used, 1)
            home.is_empty()
            home.hub.faults.clear()
            home.holds(home.json("pull", "hf:org/x"), files)
        self.each(REFUSED, run)

    def test_a_body_cut_anywhere_in_a_small_file(self):
        content = b'{"model_type": "bert"}'
        home, files = self.prepared(0)
        for at in range(len(content)):
            files["config.json"] = files["config.json"] + b" "
            home.hub.repositories["model", "org/x"].commit({"config.json": files["config.json"]})
            rule = home.hub.faults.add("cut", path="config.json", first=1, at=at)
            home.holds(home.json("pull", "hf:org/x"), files)
            self.assertEqual(rule.used, 1)

    def test_a_large_body_cut_at_random_costs_only_what_was_lost(self):
        weights = self.gguf(size=3 << 20)
        draw = random.Random(5)

        def run(number, at):
            home = self.home(f"home{number}")
            home.hub.model("org/x", {"x.gguf": weights})
            home.hub.faults.add("cut", path="x.gguf", server="cdn", first=1, at=at)
            home.holds(home.json("pull", "hf:org/x"), {"x.gguf": weights})
            self.assertLessEqual(home.hub.served("x.gguf"), len(weights) + (256 << 10))
        self.each([draw.randrange(len(weights)) for _ in range(12)], run)

    def test_gated_then_granted_goes_on_where_it_was(self):
        home, files = self.prepared(0)
        rule = home.hub.faults.add("status", path=WEIGHTS, server="hub", code=403, error="GatedRepo", message="ask")
        home.refuses("pull", "hf:org/x", says=[WEIGHTS])
        self.assertGreaterEqual(rule.used, 1)
        home.hub.faults.clear()
        home.holds(home.json("pull", "hf:org/x"), files)


class Listings(HubScenario):
    def listing(self, number, entries):
        home = self.home(f"home{number}")
        files, _ = self.bert()
        repository = home.hub.model("org/x", files)
        listed = [entry.listed(path) for path, entry in repository.files().items()]
        repository.tree = lambda page: ([*listed, *entries], False)
        return home, files

    def test_names_that_could_leave_their_folder_or_clash(self):
        """Refused, or left out; never followed."""
        good = {"type": "file", "oid": "1" * 40, "size": 3}
        names = ["../stray.json", "/etc/stray.json", "a/../../stray.json", "..", "a\0b.json", "a\\..\\stray.json", "CON", "con.json",
                 "x" * 5000 + ".json", "./config.json", "1_Pooling/../../../stray.json", "CONFIG.JSON", "Model.safetensors", "caf\u00e9.json", "cafe\u0301.json",
                 "a\nb.json", "a\x1b[31m.json", "\ud800.json",
                 "", " ", "config.json/stray.json", "a//b.json", "tokenizer.json", "~/.bashrc", "$HOME/stray.json"]

        def run(number, name):
            home, files = self.listing(number, [{**good, "path": name}])
            done = home.maru("pull", "hf:org/x", "--json")
            self.assertIn(done.returncode, (0, 1), done)
            answer = json.loads(done.stdout)
            if done.returncode == 0:
                home.holds(answer, files)
            else:
                self.assertNotIn("\x1b", answer["error"]["message"])
                home.is_empty()
            stray = [path for path in self.folder.rglob("*stray.json*")]
            self.assertEqual(stray, [])
        self.each(names, run)

    def test_sizes_and_sums_that_cannot_be(self):
        for_weights = [{"size": -1}, {"size": 1 << 63}, {"size": 1 << 64}, {"size": 1.5}, {"size": "9"}, {"size": None},
                       {"oid": "x"}, {"oid": 7},
                       {"lfs": {"oid": "../../x", "size": 5, "pointerSize": 1}}, {"lfs": {"oid": "A" * 64, "size": 5, "pointerSize": 1}},
                       {"lfs": {"size": 5}}, {"path": 5}, {"path": None},
                       {"size": 1 << 49, "lfs": {"oid": "5" * 64, "size": 1 << 49, "pointerSize": 1}}]

        def run(number, change):
            home, _ = self.listing(number, [])
            repository = home.hub.repositories["model", "org/x"]
            listed = [entry.listed(path) for path, entry in repository.files().items()]
            repository.tree = lambda page: ([{**one, **change} if one["path"] == "config.json" else one for one in listed], False)
            home.refuses("pull", "hf:org/x", names=["org/x"])
            home.is_empty()
            self.assertEqual(home.hub.served(), 0)
        self.each(for_weights, run)

    def test_listings_that_do_not_end(self):
        one = {"type": "file", "oid": "1" * 40, "size": 3}
        trees = {"pages": lambda page: ([{**one, "path": f"f{page}.txt"}], True),
                 "empty pages": lambda page: ([], True),
                 "entries": lambda page: ([{**one, "path": f"f{page}-{i}.txt"} for i in range(1000)], page < 999)}

        def run(number, name):
            home = self.home(f"home{number}")
            home.hub.model("org/x", {}).tree = trees[name]
            home.refuses("pull", "hf:org/x", names=["org/x"], within=60)
            home.is_empty()
        self.each(list(trees), run)

    def test_a_listing_that_leads_in_circles_or_away(self):
        def run(number, link):
            home, _ = self.listing(number, [])
            home.hub.faults.add("header", path="/tree/", name="Link", value=link.format(hub=home.hub.url, cdn=home.hub.cdn.url))
            home.refuses("pull", "hf:org/x", names=["org/x"])
            home.is_empty()
        self.each(['<{hub}/api/models/org/x/tree/main?recursive=true>; rel="next"',
                   '<{cdn}/more>; rel="next"', '<file:///etc/passwd>; rel="next"',
                   '<http://127.0.0.1:1/x>; rel="next"'], run)

    def test_an_index_that_names_what_is_not_there(self):
        good = json.loads(self.sharded()["model.safetensors.index.json"])
        first = next(iter(good["weight_map"]))
        parts = ("../../x", "/etc/passwd", "model-00003-of-00003.safetensors", "config.json", "sub/model.safetensors", "", 5, None, "a\0b")
        indexes = [{"weight_map": {**good["weight_map"], first: part}} for part in parts]
        indexes += [{}, {"weight_map": {}}, {"weight_map": []}, [], 5]

        def run(number, index):
            home = self.home(f"home{number}")
            home.hub.model("org/x", {**self.sharded(), "model.safetensors.index.json": json.dumps(index).encode()})
            home.refuses("pull", "hf:org/x", names=["model.safetensors.index.json"])
            home.is_empty()
            self.assertEqual(home.hub.cdn.served(), 0, "no part is worth its bytes")
        self.each(indexes, run)

    def test_a_damaged_model_is_refused_after_it_came(self):
        home, (files, _) = self.home(), self.bert()
        home.hub.model("org/x", {**files, WEIGHTS: files[WEIGHTS][:-100]})
        home.refuses("pull", "hf:org/x", names=[WEIGHTS])
        home.is_empty()


if __name__ == "__main__":
    main()
