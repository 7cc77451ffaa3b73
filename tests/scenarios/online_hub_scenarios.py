"""The real hubs, for whoever has a network: ./test --online. What is expected was recorded from the reference library, or stands in the
model cards. About 1.2 GB come the first time; a folder in MARU_TEST_ONLINE_HOME keeps them.
"""
import os
import unittest

from scenario import Scenario, main

SENTIMENT = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"


class Online(Scenario):
    def setUp(self):
        super().setUp()
        self.environment["MARU_HOME"] = os.environ.get("MARU_TEST_ONLINE_HOME", self.environment["MARU_HOME"])

    def pulled(self, reference):
        model = self.json("pull", reference, timeout=1800)
        self.assertRegex(model["revision"] + model["reference"], r"[0-9a-f]{40}|sha256|ollama:")
        self.assertEqual(self.maru("verify", model["name"], timeout=600).returncode, 0)
        return model["name"]

    def test_bert_reads_hello_world_as_the_reference_does(self):
        seen = self.json("model", self.pulled("bert-base-uncased"), "Hello world")
        self.assertEqual(seen["input_ids"], [101, 7592, 2088, 102])
        self.assertEqual(seen["tensors"]["last_hidden_state"]["shape"], [1, 4, 768])

    def test_the_sentiment_classifier_of_the_reference_gives_its_score(self):
        said = self.json("sentiment-analysis", "--model", self.pulled(SENTIMENT), "I've been waiting for a HuggingFace course my whole life.")
        best = said["output"][0] if isinstance(said["output"], list) else said["output"]
        self.assertEqual(best["label"], "POSITIVE")
        self.assertAlmostEqual(best["score"], 0.9598, delta=1e-3)

    def test_minilm_from_the_hub_is_the_packaged_one(self):
        name = self.pulled(MINILM)
        said = self.json("sentence-similarity", "--model", name, "I love machine learning", "AI is fascinating", "The weather is nice today")
        near, far = [one if isinstance(one, float) else one["score"] for one in said["output"]]
        self.assertAlmostEqual(near, 0.6055, delta=2e-3)
        self.assertAlmostEqual(far, 0.070, delta=2e-3)

    def test_a_model_of_ollama_s_library_writes(self):
        name = self.pulled("ollama:smollm2:135m")
        self.assertTrue(self.json("run", name, "Hello", "--max-tokens", "4")["text"])

    def test_a_data_set_arrives_by_its_name(self):
        seen = self.json("data", "show", "hf:datasets/cornell-movie-review-data/rotten_tomatoes", timeout=600)
        self.assertEqual({split["name"]: split["rows"] for split in seen["splits"]}, {"train": 8530, "validation": 1066, "test": 1066})


if __name__ == "__main__":
    main()
