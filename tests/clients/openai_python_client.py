"""OpenAI's client for Python, unmodified, against maru's server."""
from client import main, with_packages

with_packages()

import json  # noqa: E402
import urllib.request  # noqa: E402

from typing import Annotated  # noqa: E402

import openai  # noqa: E402
import pydantic  # noqa: E402

from with_server import ServedClient  # noqa: E402

SUM = [{"role": "user", "content": "What is 2+2? Tell me at length."}]
WEATHER = {"type": "function", "function": {"name": "get_weather", "description": "The weather of a city",
                                           "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 24}}, "required": ["city"], "additionalProperties": False}}}


class OpenAIPython(ServedClient):
    def setUp(self):
        self.client = openai.OpenAI(base_url=self.url + "/v1", api_key="unused", max_retries=0)

    def ask(self, messages=SUM, **more):
        return self.client.chat.completions.create(model="smollm2", messages=messages, **{"temperature": 0, "max_tokens": 16, **more})

    def test_answers(self):
        whole = self.ask()
        self.assertEqual((whole.object, whole.choices[0].finish_reason, whole.usage.completion_tokens), ("chat.completion", "length", 16))
        self.assertEqual(whole.usage.total_tokens, whole.usage.prompt_tokens + 16)
        chunks = list(self.ask(stream=True, stream_options={"include_usage": True}))
        self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), whole.choices[0].message.content)
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual((chunks[-1].choices, chunks[-1].usage.completion_tokens), ([], 16))
        parts = self.ask([{"role": "user", "content": [{"type": "text", "text": SUM[0]["content"]}]}])
        self.assertEqual(parts.choices[0].message.content, whole.choices[0].message.content)

    def test_several_choices(self):
        answer = self.ask(n=3, temperature=1, seed=5)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2])
        self.assertGreater(len({choice.message.content for choice in answer.choices}), 1)
        self.assertEqual(answer.usage.completion_tokens, 48)
        again = self.ask(n=3, temperature=1, seed=5)
        self.assertEqual([choice.message.content for choice in answer.choices], [choice.message.content for choice in again.choices])

    def test_logprobs_and_biases(self):
        answer = self.ask(max_tokens=2, logprobs=True, top_logprobs=3)
        first = answer.choices[0].logprobs.content[0]
        self.assertEqual(len(first.top_logprobs), 3)
        self.assertEqual(first.logprob, first.top_logprobs[0].logprob)
        self.assertEqual(bytes(first.bytes).decode(), first.token)
        with urllib.request.urlopen(urllib.request.Request(self.url + "/tokenize", json.dumps({"model": "smollm2", "content": first.token}).encode(),
                                                           {"Content-Type": "application/json"})) as answer:
            (token,) = json.load(answer)["tokens"]
        banned = self.ask(max_tokens=1, logit_bias={str(token): -100})
        self.assertNotEqual(banned.choices[0].message.content, first.token)
        stopped = self.ask(max_tokens=40, stop=["classic"])
        self.assertNotIn("classic", stopped.choices[0].message.content)

    def test_schema_is_enforced(self):
        class Answer(pydantic.BaseModel):
            steps: list[Annotated[str, pydantic.Field(max_length=30)]] = pydantic.Field(max_length=3)
            result: int = pydantic.Field(ge=0, le=1000)
        parsed = self.client.chat.completions.parse(model="smollm2", messages=SUM, response_format=Answer, temperature=0, max_tokens=400)
        self.assertIsInstance(parsed.choices[0].message.parsed, Answer)
        for seed in range(5):
            enum = self.ask(response_format={"type": "json_schema", "json_schema": {"name": "color", "strict": True, "schema": {
                "type": "object", "properties": {"color": {"enum": ["red", "파랑", "green"]}}, "required": ["color"], "additionalProperties": False}}},
                temperature=1.5, seed=seed, max_tokens=40)
            self.assertIn(json.loads(enum.choices[0].message.content)["color"], ("red", "파랑", "green"))
        with self.assertRaises(openai.BadRequestError) as refused:
            self.ask(response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "dependentSchemas": {"a": {}}}}})
        self.assertIn("dependentSchemas", str(refused.exception))

    def test_tools(self):
        self.create_tooled()
        create = self.client.chat.completions.create
        messages = [{"role": "user", "content": "Weather in Seoul?"}]
        forced = create(model="tooled", messages=messages, tools=[WEATHER], tool_choice="required", parallel_tool_calls=False, temperature=0, max_tokens=100)
        call = forced.choices[0].message.tool_calls[0]
        self.assertEqual((forced.choices[0].finish_reason, call.function.name), ("tool_calls", "get_weather"))
        self.assertIn("city", json.loads(call.function.arguments))
        named = create(model="tooled", messages=messages, tools=[WEATHER], tool_choice={"type": "function", "function": {"name": "get_weather"}},
                       temperature=0, max_tokens=100, stream=True)
        deltas = [delta for chunk in named if chunk.choices for delta in chunk.choices[0].delta.tool_calls or []]
        self.assertEqual("".join(delta.function.name or "" for delta in deltas), "get_weather")
        json.loads("".join(delta.function.arguments or "" for delta in deltas))
        none = create(model="tooled", messages=messages, tools=[WEATHER], tool_choice="none", temperature=0, max_tokens=8)
        self.assertFalse(none.choices[0].message.tool_calls)
        told = create(model="tooled", messages=[*messages, forced.choices[0].message.model_dump(exclude_none=True),
                                                {"role": "tool", "tool_call_id": call.id, "content": "22 °C"}], tools=[WEATHER], temperature=0, max_tokens=8)
        self.assertTrue(told.choices[0].message.content)

    def test_completions(self):
        whole = self.client.completions.create(model="smollm2", prompt="The capital of France is", max_tokens=2, temperature=0, logprobs=2)
        self.assertEqual(whole.choices[0].text, " Paris.")
        self.assertEqual(len(whole.choices[0].logprobs.tokens), 2)
        chunks = list(self.client.completions.create(model="smollm2", prompt="The capital of France is", max_tokens=2, temperature=0, stream=True))
        self.assertEqual("".join(chunk.choices[0].text for chunk in chunks if chunk.choices), " Paris.")

    def test_embeddings(self):
        floats = self.client.embeddings.create(model="all-minilm", input=["hello", "world"], encoding_format="float")
        packed = self.client.embeddings.create(model="all-minilm", input=["hello", "world"])  # base64 is this client's own choice
        self.assertEqual([len(one.embedding) for one in floats.data], [384, 384])
        for a, b in zip(floats.data, packed.data):
            self.assertLess(max(abs(x - y) for x, y in zip(a.embedding, b.embedding)), 1e-6)
        self.assertGreater(floats.usage.prompt_tokens, 0)

    def test_models(self):
        self.assertIn("smollm2:latest", {model.id for model in self.client.models.list()})
        self.assertEqual(self.client.models.retrieve("smollm2").object, "model")
        with self.assertRaises(openai.NotFoundError):
            self.client.models.retrieve("nope")

    def test_nothing_is_cut_in_silence(self):
        long = [{"role": "user", "content": "word " * 20_000}]
        with self.assertRaises(openai.BadRequestError) as refused:
            self.ask(long)
        self.assertRegex(str(refused.exception), r"\d+ tokens")
        cut = self.ask([{"role": "user", "content": "first " * 6000}, {"role": "assistant", "content": "yes"}, *SUM], extra_body={"truncate": True})
        self.assertGreater(cut.model_extra["accounting"]["dropped_messages"], 0)
        self.assertGreater(cut.model_extra["accounting"]["dropped_tokens"], 1000)

    def test_errors(self):
        for call, kind in ((lambda: self.client.chat.completions.create(model="nope", messages=SUM), openai.NotFoundError),
                           (lambda: self.ask([]), openai.BadRequestError), (lambda: self.ask(temperature=-1), openai.BadRequestError),
                           (lambda: self.ask(top_logprobs=50, logprobs=True), openai.BadRequestError),
                           (lambda: self.ask(max_tokens="many"), openai.BadRequestError)):
            with self.assertRaises(kind) as refused:
                call()
            self.assertTrue(refused.exception.body["message"])

    def test_leaving_a_stream(self):
        stream = self.ask(stream=True, max_tokens=8000, temperature=1)
        next(iter(stream))
        stream.close()
        self.assertTrue(self.ask(max_tokens=4).choices[0].message.content)


main()
