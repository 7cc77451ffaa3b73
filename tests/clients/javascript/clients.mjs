// Ollama's and OpenAI's clients for JavaScript, unmodified, against the server whose address is the first argument. Ends with 0 when
// everything held; the modules lie in the folder that the second argument names.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [url, modules] = process.argv.slice(2);
const require = createRequire(pathToFileURL(path.join(modules, "node_modules", "nowhere.js")));
const { Ollama } = require("ollama");
const OpenAI = require("openai").default ?? require("openai");

const sky = [{ role: "user", content: "Why is the sky blue?" }];
const options = { temperature: 0, num_predict: 16 };
const schema = { type: "object", properties: { name: { type: "string", maxLength: 20 }, age: { type: "integer", minimum: 0, maximum: 150 } }, required: ["name", "age"] };
const weather = {
  type: "function",
  function: { name: "get_weather", description: "The weather of a city", parameters: { type: "object", properties: { city: { type: "string", maxLength: 24 } }, required: ["city"] } },
};

const checks = {
  async "ollama: chat, whole and streamed"() {
    const client = new Ollama({ host: url });
    const whole = await client.chat({ model: "smollm2", messages: sky, options });
    let streamed = "";
    for await (const part of await client.chat({ model: "smollm2", messages: sky, options, stream: true })) streamed += part.message.content;
    assert.equal(streamed, whole.message.content);
    assert.equal(whole.eval_count, 16);
  },
  async "ollama: a schema"() {
    const answer = await new Ollama({ host: url }).chat({ model: "smollm2", messages: sky, format: schema, options: { temperature: 0, num_predict: 200 } });
    assert.equal(typeof JSON.parse(answer.message.content).age, "number");
  },
  async "ollama: embeddings, lists, errors"() {
    const client = new Ollama({ host: url });
    assert.equal((await client.embed({ model: "all-minilm", input: ["a", "b"] })).embeddings[1].length, 384);
    assert.ok((await client.list()).models.some((model) => model.name === "smollm2:latest"));
    await assert.rejects(client.chat({ model: "nope", messages: sky }), (error) => error.status_code === 404);
    await assert.rejects(client.chat({ model: "smollm2", messages: sky, tools: [weather] }), /does not support tools/);
  },
  async "ollama: abort"() {
    const client = new Ollama({ host: url });
    const stream = await client.chat({ model: "smollm2", messages: sky, options: { temperature: 1, num_predict: 100000 }, stream: true });
    setTimeout(() => client.abort(), 200);
    await assert.rejects(async () => { for await (const part of stream) void part; }, (error) => error.name === "AbortError");
    assert.ok((await new Ollama({ host: url }).chat({ model: "smollm2", messages: sky, options })).message.content);
  },
  async "openai: chat, whole and streamed"() {
    const client = new OpenAI({ baseURL: url + "/v1", apiKey: "unused", maxRetries: 0 });
    const asked = { model: "smollm2", messages: sky, temperature: 0, max_tokens: 16 };
    const whole = await client.chat.completions.create(asked);
    let streamed = "";
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) streamed += chunk.choices[0]?.delta?.content ?? "";
    assert.equal(streamed, whole.choices[0].message.content);
  },
  async "openai: a schema, tools"() {
    const client = new OpenAI({ baseURL: url + "/v1", apiKey: "unused", maxRetries: 0 });
    const answer = await client.chat.completions.create({ model: "smollm2", messages: sky, temperature: 0, max_tokens: 200, response_format: { type: "json_schema", json_schema: { name: "person", schema } } });
    assert.equal(typeof JSON.parse(answer.choices[0].message.content).name, "string");
    const called = await client.chat.completions.create({ model: "tooled", messages: sky, temperature: 0, max_tokens: 100, tools: [weather], tool_choice: "required" });
    assert.equal(called.choices[0].message.tool_calls[0].function.name, "get_weather");
    JSON.parse(called.choices[0].message.tool_calls[0].function.arguments);
  },
  async "openai: embeddings, models, errors, abort"() {
    const client = new OpenAI({ baseURL: url + "/v1", apiKey: "unused", maxRetries: 0 });
    assert.equal((await client.embeddings.create({ model: "all-minilm", input: "hello" })).data[0].embedding.length, 384);
    assert.ok((await client.models.list()).data.length >= 2);
    await assert.rejects(client.chat.completions.create({ model: "nope", messages: sky }), (error) => error.status === 404);
    const stop = new AbortController();
    const stream = await client.chat.completions.create({ model: "smollm2", messages: sky, temperature: 1, max_tokens: 8000, stream: true }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 200);
    try {
      for await (const chunk of stream) void chunk;
    } catch (error) {
      assert.match(String(error), /abort/i);
    }
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error?.stack ?? error}`);
  }
}
process.exit(failed ? 1 : 0);
