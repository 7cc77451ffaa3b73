"""Model files that are broken, lying, or no files at all."""
import os
import pathlib
import struct

from scenario import SMOLLM2, Scenario, main, needs_smollm2


def gguf(version=3, tensors=0, keys=(), magic=b"GGUF", tail=b""):
    def text(value):
        return struct.pack("<Q", len(value)) + value
    out = magic + struct.pack("<IQQ", version, tensors, len(keys))
    for name, kind, value in keys:
        out += text(name) + struct.pack("<I", kind) + value
    return out + tail


class HostileModels(Scenario):
    def test_broken_models_are_named_within_a_second(self):
        cases = {
            "empty.gguf": b"",
            "magic.gguf": gguf(magic=b"GGXX"),
            "version.gguf": gguf(version=99),
            "short.gguf": gguf()[:10],
            "many-tensors.gguf": gguf(tensors=2**60),
            "many-keys.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**62),
            "long-key.gguf": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**63) + b"x",
            "kind.gguf": gguf(keys=[(b"a", 77, b"")]),
            "empty.safetensors": b"",
            "long.safetensors": struct.pack("<Q", 2**63) + b"{}",
            "notjson.safetensors": struct.pack("<Q", 4) + b"abcd",
        }
        for name, content in cases.items():
            path = self.write(name, content)
            with self.subTest(name):
                self.fails(1, "tokenize", path, "x", says=[name], within=1)
                self.fails(1, "run", path, "x", says=[name], within=1)
                self.fails(1, "show", path, says=[name], within=1)

    @needs_smollm2
    def test_a_truncated_model_is_named_and_flipped_bytes_are_found(self):
        whole = pathlib.Path(SMOLLM2).read_bytes()
        for size in (24, 1000, 100_000, len(whole) // 2, len(whole) - 1):
            with self.subTest(size):
                self.fails(1, "run", self.write("cut.gguf", whole[:size]), "x", says=["cut.gguf"], within=1)
        model = self.write("model.gguf", whole)
        self.assertEqual(self.json("pull", f"file:{model}", "--name", "mine")["name"], "mine")
        self.assertTrue(self.json("verify", "mine")["ok"])
        blob = max((self.folder / "home" / "blobs").iterdir(), key=lambda one: one.stat().st_size)
        os.chmod(blob, 0o644)
        with open(blob, "r+b") as file:
            file.seek(len(whole) // 2)
            byte = file.read(1)
            file.seek(len(whole) // 2)
            file.write(bytes([byte[0] ^ 1]))
        self.assertFalse(self.json("verify", "mine", code=1)["ok"])


if __name__ == "__main__":
    main()
