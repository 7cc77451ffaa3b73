"""LlamaIndex's packages for Ollama and for OpenAI, unmodified, against maru's server."""
from client import main, with_packages

with_packages()

from typing import Annotated  # noqa: E402

import pydantic  # noqa: E402
from llama_index.core.llms import ChatMessage  # noqa: E402
from llama_index.core.tools import FunctionTool  # noqa: E402
from llama_index.embeddings.ollama import OllamaEmbedding  # noqa: E402
from llama_index.embeddings.openai import OpenAIEmbedding  # noqa: E402
from llama_index.llms.ollama import Ollama  # noqa: E402
from llama_index.llms.openai_like import OpenAILike  # noqa: E402

from with_server import ServedClient  # noqa: E402

SKY = [ChatMessage(role="user", content="Why is the sky blue?")]


class Person(pydantic.BaseModel):
    """Somebody."""
    name: str = pydantic.Field(max_length=20)
    age: int = pydantic.Field(ge=0, le=150)


def get_weather(city: Annotated[str, pydantic.Field(max_length=24)]) -> str:
    """The weather of a city."""
    return "22 °C in " + city


class LlamaIndexOllama(ServedClient):
    def model(self, name="smollm2", tokens=24):
        return Ollama(model=name, base_url=self.url, request_timeout=60, context_window=2048, additional_kwargs={"temperature": 0, "num_predict": tokens})

    def test_chat_and_stream(self):
        whole = self.model().chat(SKY)
        self.assertTrue(whole.message.content)
        self.assertEqual("".join(part.delta or "" for part in self.model().stream_chat(SKY)), whole.message.content)
        self.assertTrue(self.model().complete("The capital of France is").text)

    def test_structured(self):
        self.assertIsInstance(self.model(tokens=200).as_structured_llm(Person).chat([ChatMessage(role="user", content="Tell me about a person.")]).raw, Person)

    def test_tools(self):
        self.create_tooled()
        model = self.model("tooled", 64)
        answer = model.chat_with_tools([FunctionTool.from_defaults(get_weather)], user_msg="What is the weather in Seoul?")
        for call in model.get_tool_calls_from_response(answer, error_on_no_tool_call=False):
            self.assertEqual(call.tool_name, "get_weather")

    def test_embeddings(self):
        embedder = OllamaEmbedding(model_name="all-minilm", base_url=self.url)
        self.assertEqual([len(vector) for vector in embedder.get_text_embedding_batch(["hello", "world"])], [384, 384])


class LlamaIndexOpenAI(ServedClient):
    def model(self, name="smollm2", tokens=24):
        return OpenAILike(model=name, api_base=self.url + "/v1", api_key="unused", is_chat_model=True, is_function_calling_model=True, context_window=2048,
                          temperature=0, max_tokens=tokens)

    def test_chat_and_stream(self):
        whole = self.model().chat(SKY)
        self.assertTrue(whole.message.content)
        self.assertEqual("".join(part.delta or "" for part in self.model().stream_chat(SKY)), whole.message.content)

    def test_tools(self):
        self.create_tooled()
        model = self.model("tooled", 100)
        answer = model.chat_with_tools([FunctionTool.from_defaults(get_weather)], user_msg="What is the weather in Seoul?", tool_required=True)
        self.assertEqual(model.get_tool_calls_from_response(answer)[0].tool_name, "get_weather")

    def test_embeddings(self):
        embedder = OpenAIEmbedding(model_name="all-minilm", api_base=self.url + "/v1", api_key="unused")
        self.assertEqual([len(vector) for vector in embedder.get_text_embedding_batch(["hello", "world"])], [384, 384])


main()
