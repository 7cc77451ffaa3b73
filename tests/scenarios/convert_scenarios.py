"""Models into other files: made with random weights, quantised, turned into safetensors and back, and what is refused."""
import json
import struct

import scenario
from scenario import Scenario


class Convert(Scenario):
    def test_a_random_model_is_quantised_and_still_writes(self):
        made = self.json("new", "tiny.gguf", "--type", "F16")
        self.assertEqual(made["bytes"], (self.folder / "tiny.gguf").stat().st_size)
        report = self.json("quantize", "tiny.gguf", "tiny-q4.gguf", "Q4_K_M")
        self.assertLess(report["bytes"], made["bytes"] / 2)
        self.assertIn("Q4_K", {t["to"] for t in report["tensors"]})
        for name in ("tiny.gguf", "tiny-q4.gguf"):
            answer = self.json("run", name, "Hello", "--raw", "--temp", "0", "--max-tokens", "3")
            self.assertLessEqual(answer.get("tokens", 3), 3)

    def test_a_gguf_becomes_safetensors_and_comes_back(self):
        self.json("new", "tiny.gguf", "--type", "F16")
        there = self.json("convert", "tiny.gguf", "folder")
        self.assertEqual(there["format"], "safetensors")
        config = json.loads((self.folder / "folder" / "config.json").read_text())
        self.assertEqual((config["model_type"], config["hidden_size"], config["num_key_value_heads"]), ("llama", 256, 2))
        back = self.json("convert", "folder", "back.gguf")
        self.assertEqual(back["tensors"], there["tensors"])
        ask = ["Hello", "--raw", "--temp", "0", "--max-tokens", "8"]
        self.assertEqual(self.json("run", "tiny.gguf", *ask)["text"], self.json("run", "back.gguf", *ask)["text"])

    def test_files_that_are_there_are_not_touched(self):
        self.write("there.gguf", "kept")
        self.refuses("new", "there.gguf", says=["is there already"], names=["there.gguf"])
        self.json("new", "tiny.gguf")
        self.write("folder/kept", "kept")
        self.refuses("convert", "tiny.gguf", "folder", says=["is there already"], names=["folder"])
        self.assertEqual((self.folder / "there.gguf").read_text(), "kept")

    def test_damaged_files_are_refused_before_anything_is_written(self):
        self.json("new", "tiny.gguf")
        whole = (self.folder / "tiny.gguf").read_bytes()
        self.write("short.gguf", whole[:-4096])
        self.refuses("quantize", "short.gguf", "out.gguf", "Q8_0", says=["cut short"], names=["short.gguf"])
        self.refuses("convert", "short.gguf", "out", says=["cut short"], names=["short.gguf"])
        heads = b"llama.attention.head_count" + struct.pack("<I", 4)
        at = whole.index(heads) + len(heads)
        self.write("heads.gguf", whole[:at] + struct.pack("<I", 0) + whole[at + 4:])
        self.refuses("convert", "heads.gguf", "out", names=["llama.attention.head_count"])
        self.assertEqual(sorted(p.name for p in self.folder.iterdir() if p.name.startswith("out")), [])

    def test_unknown_types_are_wrong_usage(self):
        self.json("new", "tiny.gguf")
        self.fails(2, "new", "other.gguf", "--type", "Q9_9", says=["Q4_K_M"])
        self.fails(2, "new", "other.gguf", "--shape", "huge", says=["7b"])


if __name__ == "__main__":
    scenario.main()
