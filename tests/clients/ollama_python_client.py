"""Ollama's own client for Python, unmodified, against maru's server."""
from client import main, with_packages

with_packages()

import json  # noqa: E402
import math  # noqa: E402
import threading  # noqa: E402

import ollama  # noqa: E402
import pydantic  # noqa: E402

from with_server import TOOL_TEMPLATE, ServedClient  # noqa: E402

SKY = [{"role": "user", "content": "Why is the sky blue?"}]
GREEDY = {"temperature": 0, "num_predict": 24, "seed": 1}
WEATHER = {"type": "function", "function": {"name": "get_weather", "description": "The weather of a city",
                                           "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 24}}, "required": ["city"]}}}


class OllamaPython(ServedClient):
    def setUp(self):
        self.client = ollama.Client(self.url)

    def test_generates(self):
        whole = self.client.generate("smollm2", "Why is the sky blue?", options=GREEDY)
        self.assertTrue(whole.done)
        self.assertEqual((whole.done_reason, whole.eval_count), ("length", 24))
        self.assertGreater(whole.total_duration, whole.prompt_eval_duration)
        self.assertGreater(whole.prompt_eval_count, 10)
        pieces = list(self.client.generate("smollm2", "Why is the sky blue?", options=GREEDY, stream=True))
        self.assertEqual("".join(piece.response for piece in pieces), whole.response)
        self.assertTrue(pieces[-1].done and not any(piece.done for piece in pieces[:-1]))
        more = self.client.generate("smollm2", "Go on.", context=whole.context, options=GREEDY)
        self.assertGreater(more.prompt_eval_count, len(whole.context))

    def test_chats(self):
        whole = self.client.chat("smollm2", SKY, options=GREEDY)
        self.assertEqual(whole.message.role, "assistant")
        pieces = list(self.client.chat("smollm2", SKY, options=GREEDY, stream=True))
        self.assertEqual("".join(piece.message.content for piece in pieces), whole.message.content)
        raw = self.client.generate("smollm2", "The capital of France is", raw=True, options={"temperature": 0, "num_predict": 2})
        self.assertEqual(raw.response, " Paris.")

    def test_the_same_seed_is_the_same_answer(self):
        warm = {"temperature": 1, "num_predict": 16, "seed": 7}
        first, again = (self.client.chat("smollm2", SKY, options=warm).message.content for _ in range(2))
        other = self.client.chat("smollm2", SKY, options={**warm, "seed": 8}).message.content
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)

    def test_follows_a_schema(self):
        class Person(pydantic.BaseModel):
            name: str = pydantic.Field(max_length=20)
            age: int = pydantic.Field(ge=0, le=150)
        answer = self.client.chat("smollm2", [{"role": "user", "content": "Tell me about a person."}], format=Person.model_json_schema(),
                                  options={"temperature": 0, "num_predict": 200})
        Person.model_validate_json(answer.message.content)
        object_ = self.client.generate("smollm2", "Give me a JSON with name and age.", format="json", options={"temperature": 0, "num_predict": 200})
        self.assertIsInstance(json.loads(object_.response), dict)

    def test_calls_tools(self):
        self.client.create("tooled", from_="smollm2", template=TOOL_TEMPLATE)
        answer = self.client.chat("tooled", [{"role": "user", "content": "What is the weather in Seoul? Call get_weather."}], tools=[WEATHER],
                                  options={"temperature": 0, "num_predict": 64})
        for call in answer.message.tool_calls or []:
            self.assertEqual(call.function.name, "get_weather")
        told = self.client.chat("tooled", [{"role": "user", "content": "What is the weather in Seoul?"},
                                           {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "get_weather", "arguments": {"city": "Seoul"}}}]},
                                           {"role": "tool", "content": "22 °C", "tool_name": "get_weather"}], tools=[WEATHER], options=GREEDY)
        self.assertTrue(told.message.content)
        with self.assertRaises(ollama.ResponseError) as refused:
            self.client.chat("smollm2", SKY, tools=[WEATHER])
        self.assertEqual(refused.exception.status_code, 400)
        self.assertIn("does not support tools", refused.exception.error)

    def test_embeds(self):
        one = self.client.embed("all-minilm", "나는 머신러닝을 사랑해").embeddings
        two = self.client.embed("all-minilm", ["나는 머신러닝을 사랑해", "a much longer text " * 20]).embeddings
        self.assertEqual(one[0], two[0])
        self.assertAlmostEqual(math.fsum(x * x for x in one[0]), 1, places=5)
        short = self.client.embed("all-minilm", "a", dimensions=16).embeddings[0]
        self.assertEqual(len(short), 16)
        self.assertAlmostEqual(math.fsum(x * x for x in short), 1, places=5)
        self.assertEqual(len(self.client.embeddings("all-minilm", "hello").embedding), 384)
        self.assertEqual(self.client.embed("all-minilm", []).embeddings, [])

    def test_manages(self):
        names = {model.model for model in self.client.list().models}
        self.assertLessEqual({"smollm2:latest", "all-minilm:latest"}, names)
        shown = self.client.show("smollm2")
        self.assertEqual((shown.details.family, shown.details.quantization_level), ("llama", "Q4_1"))
        self.assertIn("completion", shown.capabilities)
        self.client.create("pirate", from_="smollm2", system="Talk like a pirate.", parameters={"temperature": 0.2, "stop": ["!"]})
        self.assertIn("pirate", self.client.show("pirate").modelfile)
        self.client.copy("pirate", "captain:v2")
        self.assertIn("captain:v2", {model.model for model in self.client.list().models})
        self.assertTrue(self.client.generate("captain:v2", "Hello", options=GREEDY).response)
        self.assertIn("captain:v2", {model.model for model in self.client.ps().models})
        for name in ("pirate", "captain:v2"):
            self.client.delete(name)
        self.assertNotIn("pirate:latest", {model.model for model in self.client.list().models})

    def test_keeps_and_unloads(self):
        self.client.generate("smollm2", "", keep_alive="1h")
        self.assertIn("smollm2:latest", {model.model for model in self.client.ps().models})
        self.assertEqual(self.client.generate("smollm2", "", keep_alive=0).done_reason, "unload")

    def test_errors(self):
        for call, status, says in ((lambda: self.client.chat("nope", SKY), 404, "not found"),
                                   (lambda: self.client.show("nope"), 404, "not found"),
                                   (lambda: self.client.generate("smollm2", "x", options={"temperature": "hot"}), 400, "temperature"),
                                   (lambda: self.client.embed("all-minilm", "word " * 3000, truncate=False), 400, "tokens"),
                                   (lambda: self.client.embed("smollm2", "x"), 400, "does not support embeddings")):
            with self.assertRaises(ollama.ResponseError) as refused:
                call()
            self.assertEqual(refused.exception.status_code, status, refused.exception.error)
            self.assertIn(says, refused.exception.error)

    def test_leaving_a_stream_ends_the_work(self):
        stream = self.client.chat("smollm2", SKY, options={"num_predict": 100_000, "temperature": 1}, stream=True)
        next(stream)
        stream.close()
        done = threading.Event()
        def ask():
            self.client.generate("smollm2", "Hello", options=GREEDY)
            done.set()
        threading.Thread(target=ask, daemon=True).start()
        self.assertTrue(done.wait(30))
        for _ in range(50):
            if all(getattr(model, "requests", 0) in (0, None) for model in self.client.ps().models):
                break
            threading.Event().wait(0.1)

    def test_asks_asynchronously(self):
        import asyncio

        async def many():
            client = ollama.AsyncClient(self.url)
            return await asyncio.gather(*(client.chat("smollm2", SKY, options=GREEDY) for _ in range(8)))
        answers = {answer.message.content for answer in asyncio.run(many())}
        self.assertEqual(answers, {self.client.chat("smollm2", SKY, options=GREEDY).message.content})


main()
