"""maru create, cp and show --modelfile, and what other commands make of models that were made here."""
import struct

from scenario import HANGUL, Scenario, main
from tiny_models import F32, TEXT, Bert, Llama, gguf

MODELFILE = '''# A tiny one.
FROM ./base.gguf
SYSTEM """You are
terse."""
PARAMETER temperature 0.2
PARAMETER stop "<|im_end|>"
TEMPLATE "{{ .System }}|{{ .Prompt }}"
LICENSE MIT
MESSAGE user hi
MESSAGE assistant hello
'''


class Create(Scenario):
    def setUp(self):
        super().setUp()
        self.environment["MARU_OFFLINE"] = "1"
        self.write("kitchen/base.gguf", Llama().bytes())
        self.write("kitchen/Modelfile", MODELFILE)

    def refused(self, says, *arguments):
        """Statuses may come before the error, which is said in both languages."""
        message = self.json(*arguments, code=1)["error"]["message"]
        self.assertIn(says, message)
        self.assertNotIn(str(self.folder / "home"), message)
        self.assertRegex(self.json(*arguments, code=1, LC_ALL="ko_KR.UTF-8")["error"]["message"], HANGUL)

    def blobs(self):
        return sorted(path.name for path in (self.folder / "home/blobs").iterdir())

    def test_a_model_from_a_file_and_what_show_says_of_it(self):
        made = self.json("create", "mine:v2", "-f", "kitchen/Modelfile")
        self.assertEqual((made["name"], made["stored"], made["reference"]), ("mine:v2", "mine-v2", "made:mine:v2"))
        self.assertEqual([file["name"] for file in made["files"]],
                         ["model.gguf", "template", "system", "params.json", "messages.json", "LICENSE"])
        self.assertEqual(made["said"][0], "parsing GGUF")
        for name in ("mine:v2", "mine-v2", "made:mine:v2"):
            self.assertEqual(self.maru("show", name, "--system").stdout, b"You are\nterse.\n")
        self.assertEqual(self.maru("show", "mine:v2", "--parameters").stdout.decode(),
                         'temperature                    0.2\nstop                           "<|im_end|>"\n')
        self.assertEqual(self.json("show", "mine:v2", "--template")["template"], "{{ .System }}|{{ .Prompt }}")
        self.assertEqual(self.maru("show", "mine:v2", "--license").stdout, b"MIT\n")
        self.assertIn("--template excludes --system", self.maru("show", "mine:v2", "--system", "--template").stderr.decode())
        # Its Modelfile makes it again, with no byte more on the disk.
        before = self.blobs()
        printed = self.write("again/Modelfile", self.maru("show", "mine:v2", "--modelfile").stdout)
        again = self.json("create", "again", "-f", printed)
        sums, sums_before = ([(file["name"], file["sha256"]) for file in one["files"]] for one in (again, made))
        self.assertEqual(sums, sums_before)
        self.assertEqual(self.blobs(), before)
        self.assertEqual(self.maru("run", "mine:v2", "hi", "--max-tokens", "2").returncode, 0)

    def test_a_model_on_a_model(self):
        self.json("create", "mine", "-f", "kitchen/Modelfile")
        self.write("Modelfile", "FROM mine\nSYSTEM pirate\nPARAMETER num_ctx 64\n")
        made = self.json("create", "someone/pirate")
        self.assertEqual(made["name"], "someone/pirate:latest")
        self.assertEqual(self.json("show", "someone/pirate", "--system")["system"], "pirate")
        self.assertIn("num_ctx                        64", self.json("show", "someone/pirate", "--parameters")["parameters"])
        self.json("rm", "mine")
        self.assertTrue(self.json("verify")["ok"])
        self.json("rm", "someone/pirate")
        self.assertEqual(self.blobs(), [])

    def test_quantised_in_a_type_of_any_spelling(self):
        for given, tensor in (("q8_0", "Q8_0"), ("F16", "F16"), ("q4_k_m", "Q5_0")):  # rows of 32 fill no blocks of 256
            made = self.json("create", "small", "-f", "kitchen/Modelfile", "-q", given)
            types = {one["name"]: one["type"] for one in self.json("show", "small")["tensors"]}
            self.assertEqual(types["blk.0.attn_q.weight"], tensor, made["said"])
        self.assertTrue(any("their rows do not fill blocks of 256" in line for line in made["said"]))

    def test_a_folder_of_safetensors(self):
        Bert().write(self.folder / "bert")
        self.write("Modelfile", "FROM ./bert\n")
        made = self.json("create", "letters")
        self.assertEqual([file["name"] for file in made["files"]], ["model.safetensors", "config.json", "tokenizer.json"])
        # A GGUF has no word for this tokenizer: nothing is made, and the model of that name stays.
        self.refused("tokenizer.json", "create", "letters", "-q", "Q8_0")
        self.assertEqual(self.json("show", "letters")["format"], "safetensors")

    def test_an_adapter(self):
        numbers = struct.pack("<64f", *[0.1] * 64)
        adapter = gguf([("general.architecture", TEXT, "llama"), ("general.type", TEXT, "adapter"), ("adapter.type", TEXT, "lora"),
                        ("adapter.lora.alpha", F32, 4.0)],
                       [("blk.0.attn_q.weight.lora_a", [32, 2], 0, numbers), ("blk.0.attn_q.weight.lora_b", [2, 32], 0, numbers)])
        self.write("adapter.gguf", adapter)
        self.write("Modelfile", "FROM kitchen/base.gguf\nADAPTER adapter.gguf\n")
        made = self.json("create", "adapted")
        self.assertTrue(any(line.startswith("merged into 1 of 11 tensors") for line in made["said"]), made["said"])
        self.write("adapter.gguf", adapter.replace(b"llama", b"qwen2"))
        self.refused("is an adapter of qwen2 models", "create", "broken")
        self.assertEqual([model["name"] for model in self.json("list")["models"]], ["adapted"])

    def test_a_second_name(self):
        self.json("create", "mine", "-f", "kitchen/Modelfile")
        before = self.blobs()
        self.assertEqual(self.json("cp", "mine", "someone/copy:v1")["name"], "someone/copy:v1")
        self.assertEqual(self.blobs(), before)
        self.json("rm", "mine")
        self.assertTrue(self.json("verify")["ok"])
        self.fails(1, "cp", "mine", "x", says=["not found"])
        self.fails(1, "cp", "someone/copy:v1", "a b/../c", says=["is invalid"])

    def test_what_was_made_here_goes_through_the_other_commands(self):
        self.json("create", "mine:v2", "-f", "kitchen/Modelfile")
        self.assertEqual(self.json("list")["models"][0]["reference"], "made:mine:v2")
        self.json("lock")
        self.json("pull")                                    # as it is locked, it is there
        self.json("verify", "--lock")
        self.assertEqual(self.json("prune")["found"], [])
        self.refuses("pull", "made:mine:v2", says=["cannot be pulled", "maru show --modelfile"], code=2)
        self.assertEqual(self.json("push", "mine-v2", "hf:org/x", "--dry-run")["to"], "hf:org/x")
        self.json("rm", "mine:v2")
        self.refuses("pull", says=["cannot be pulled; make it from the same Modelfile"], names=["mine-v2"])

    def test_what_cannot_be_made(self):
        self.refuses("create", "x", "-f", "nothing", says=["nothing"], within=5)
        self.write("Modelfile", "FROM ./nothing.gguf\n")
        self.refuses("create", "x", says=["no such file or folder"], within=5)
        self.refuses("create", "../x", says=["is invalid"], within=5)
        self.write("Modelfile", "FROM kitchen/base.gguf\nTEMPLATE \"{{ .Bad \"\n")
        self.refused("template error", "create", "x")
        self.write("Modelfile", "FROM kitchen/base.gguf\n")
        self.refuses("create", "x", "-q", "Q9", says=["unsupported quantization type Q9"], within=5)
        whole = Llama().bytes()
        for size in (4, 100, len(whole) - 40):
            self.write("kitchen/base.gguf", whole[:size])
            for more in ([], ["-q", "Q8_0"]):
                self.refused("base.gguf", "create", "x", *more)
        self.assertEqual(self.json("list")["models"], [])
        self.assertEqual(list((self.folder / "home/tmp").iterdir()), [])


if __name__ == "__main__":
    main()
