"""maru pull ollama:… against a registry of its own: manifests, tokens, blobs, and what a hostile one may try."""
import json

from hub_scenario import HubScenario
from scenario import main

from fake_registry import LAYER, MANIFEST, FakeRegistry


class Registry(HubScenario):
    def setUp(self):
        super().setUp()
        self.store = self.home()
        self.registry = FakeRegistry()
        self.addCleanup(self.registry.close)
        self.addCleanup(lambda: self.assertEqual(self.registry.problems, []))
        self.weights = self.gguf(size=2 << 20)
        self.manifest = self.registry.model("library/tiny", {"model": self.weights, "template": b"{{ .Prompt }}",
                                                             "params": b'{"stop":["x"]}',
                                                             "license": b"MIT License\n\nText"})
        self.reference = f"ollama:{self.registry.authority}/library/tiny"

    def claims(self, model):
        weights = next(file for file in model["files"] if file["name"].endswith(".gguf"))
        self.assertEqual((self.store.path / "blobs" / weights["sha256"]).read_bytes(), self.weights)
        self.assertTrue(self.store.json("verify")["ok"])
        self.assertEqual(self.registry.violations, [])

    def test_a_model_comes_whole(self):
        model = self.store.json("pull", self.reference)
        self.claims(model)
        self.assertTrue(model["usable"], model)
        self.assertIn("MIT", model["licence"])
        self.registry.forget()
        self.claims(self.store.json("pull", self.reference))
        self.assertEqual(self.registry.served(self.manifest["layers"][0]["digest"]), 0)

    def test_a_token_is_asked_for_and_stays_with_the_registry(self):
        self.registry.authenticate = True
        self.claims(self.store.json("pull", self.reference))
        self.assertTrue(self.registry.tokens)

    def test_a_realm_elsewhere_is_not_asked(self):
        self.registry.authenticate = True
        for realm in (f"{self.registry.cdn.url}/token", "https://evil.example/token", "file:///etc/passwd", "", "::"):
            with self.subTest(realm):
                self.registry.realm = realm
                self.store.refuses("pull", self.reference, within=5)
                self.assertEqual(self.registry.violations, [])
                self.assertEqual(self.registry.cdn.requests, [])
        self.store.is_empty()

    def test_blobs_from_the_registry_itself(self):
        self.registry.redirect = False
        self.claims(self.store.json("pull", self.reference))

    def test_a_tag_that_is_not_there(self):
        self.store.refuses("pull", self.reference + ":nothing", names=["nothing"])
        self.store.refuses("pull", f"ollama:{self.registry.authority}/library/nothing", names=["nothing"])
        self.store.is_empty()

    def test_a_registry_that_stumbles(self):
        for name, values in (("cut", {"at": 1 << 20}), ("reset", {"at": 1000}), ("flip", {"at": 9}), ("whole", {}),
                             ("status", {"code": 503, "headers": {"Retry-After": "0"}}),
                             ("no_answer", {})):
            with self.subTest(name):
                self.registry.faults.clear()
                rule = self.registry.faults.add(name, path=self.manifest["layers"][0]["digest"], server="cdn", first=1, **values)
                self.claims(self.store.json("pull", self.reference))
                self.assertEqual(rule.used, 1)
                self.store.json("rm", "tiny")
        self.registry.faults.add("flip", path=self.manifest["layers"][0]["digest"], at=9)
        self.store.refuses("pull", self.reference, names=[self.manifest["layers"][0]["digest"][7:]], within=5)
        self.store.is_empty()

    def test_manifests_that_cannot_be(self):
        good, layer = self.manifest, self.manifest["layers"][0]
        with_layer = lambda **change: {**good, "layers": [{**layer, **change}, *good["layers"][1:]]}  # noqa: E731
        manifests = [with_layer(digest=digest) for digest in (layer["digest"].upper(), layer["digest"][:-1],
                                                              "sha512:" + "a" * 128, "sha256:../../../x", "",
                                                              "sha256-" + layer["digest"][7:], layer["digest"] + "\n", 5, None)]
        manifests += [with_layer(size=size) for size in (-1, 1 << 63, 1.5, "9", None, layer["size"] + 1, layer["size"] - 1)]
        manifests += [with_layer(mediaType=kind) for kind in (LAYER + "unknown", "text/plain", "", None, LAYER + "adapter")]
        manifests += [{**good, "layers": layers} for layers in ([], None, {}, [5], good["layers"] * 1000, [layer, layer])]
        manifests += [{**good, "schemaVersion": version} for version in (1, 3, "2", None)]
        manifests += [{}, [], 5, {**good, "mediaType": MANIFEST.replace("manifest.v2", "manifest.list.v2")}, {**good, "config": None}]
        for number, manifest in enumerate([*(json.dumps(one).encode() for one in manifests), b"", b"\xff", b"[" * 100_000, b"<html>"]):
            with self.subTest(manifest[:200]):
                self.registry.manifests["library/tiny:latest"] = manifest
                done = self.store.maru("pull", self.reference, "--json")
                if done.returncode == 0:  # what maru can do without
                    self.claims(json.loads(done.stdout))
                    self.store.json("rm", "tiny")
                else:
                    self.assertEqual(done.returncode, 1, done)
                    self.assertIn("message", json.loads(done.stdout)["error"])
                self.store.is_empty()
        self.assertEqual(list(self.folder.rglob("x")), [])


if __name__ == "__main__":
    main()
