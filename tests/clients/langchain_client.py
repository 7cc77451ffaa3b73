"""LangChain's packages for Ollama and for OpenAI, unmodified, against maru's server."""
from client import main, with_packages

with_packages()

from typing import Annotated  # noqa: E402

import pydantic  # noqa: E402
from langchain_core.messages import HumanMessage, SystemMessage  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_ollama import ChatOllama, OllamaEmbeddings, OllamaLLM  # noqa: E402
from langchain_openai import ChatOpenAI, OpenAIEmbeddings  # noqa: E402

from with_server import ServedClient  # noqa: E402


class Person(pydantic.BaseModel):
    """Somebody."""
    name: str = pydantic.Field(max_length=20)
    age: int = pydantic.Field(ge=0, le=150)


@tool
def get_weather(city: Annotated[str, pydantic.Field(max_length=24)]) -> str:
    """The weather of a city."""
    return "22 °C in " + city


MESSAGES = [SystemMessage("Be brief."), HumanMessage("Why is the sky blue?")]


class LangChainOllama(ServedClient):
    def chat(self, **more):
        return ChatOllama(model=more.pop("model", "smollm2"), base_url=self.url, temperature=0, num_predict=more.pop("num_predict", 24), **more)

    def test_invoke_and_stream(self):
        whole = self.chat().invoke(MESSAGES)
        self.assertGreater(whole.usage_metadata["input_tokens"], 10)
        self.assertEqual(whole.usage_metadata["output_tokens"], 24)
        self.assertEqual("".join(chunk.content for chunk in self.chat().stream(MESSAGES)), whole.content)
        self.assertTrue(OllamaLLM(model="smollm2", base_url=self.url, temperature=0, num_predict=8).invoke("The capital of France is"))

    def test_structured(self):
        person = self.chat(num_predict=200).with_structured_output(Person, method="json_schema").invoke("Tell me about a person.")
        self.assertIsInstance(person, Person)

    def test_tools(self):
        self.create_tooled()
        answer = self.chat(model="tooled").bind_tools([get_weather]).invoke("What is the weather in Seoul?")
        for call in answer.tool_calls:
            self.assertEqual(call["name"], "get_weather")

    def test_embeddings(self):
        vectors = OllamaEmbeddings(model="all-minilm", base_url=self.url).embed_documents(["hello", "world"])
        self.assertEqual([len(vector) for vector in vectors], [384, 384])


class LangChainOpenAI(ServedClient):
    def chat(self, **more):
        return ChatOpenAI(model=more.pop("model", "smollm2"), base_url=self.url + "/v1", api_key="unused", temperature=0, max_tokens=more.pop("max_tokens", 24), **more)

    def test_invoke_and_stream(self):
        whole = self.chat().invoke(MESSAGES)
        self.assertEqual(whole.response_metadata["token_usage"]["completion_tokens"], 24)
        self.assertEqual("".join(chunk.content for chunk in self.chat().stream(MESSAGES)), whole.content)

    def test_structured(self):
        person = self.chat(max_tokens=200).with_structured_output(Person, method="json_schema").invoke("Tell me about a person.")
        self.assertIsInstance(person, Person)

    def test_tools(self):
        self.create_tooled()
        answer = self.chat(model="tooled", max_tokens=100).bind_tools([get_weather], tool_choice="get_weather").invoke("What is the weather in Seoul?")
        self.assertEqual(answer.tool_calls[0]["name"], "get_weather")
        self.assertIn("city", answer.tool_calls[0]["args"])

    def test_embeddings(self):
        vectors = OpenAIEmbeddings(model="all-minilm", base_url=self.url + "/v1", api_key="unused", check_embedding_ctx_length=False).embed_documents(["hello", "world"])
        self.assertEqual([len(vector) for vector in vectors], [384, 384])


main()
