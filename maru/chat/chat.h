#pragma once
// Between conversations and tokens: turns and tools in, the ids of a prompt out; the text a model writes in, and answer, thinking and tool
// calls out, piece by piece. It runs no model and knows no HTTP.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/engine/pretrained.h"

namespace maru::chat {

struct ToolCall {
  std::string id, name;
  Json arguments = Json::object();
};
struct Message {
  std::string role;                              // system (or developer), user, assistant, tool
  std::string content, thinking = {};
  std::vector<ToolCall> calls = {};              // of an assistant
  std::string tool_name = {}, tool_call_id = {}; // of a tool's answer
};
struct Conversation {
  std::vector<Message> messages;
  Json tools = Json::array();                    // OpenAI's form: [{"type": "function", "function": {name, description, parameters}}]
  std::optional<bool> think = {};                // nothing: as the template does by itself
  std::string think_level = {};                  // "low", "medium", "high"
  bool answer_follows = true;                    // false: the last message is the assistant's own beginning, to be continued
  std::string suffix = {};                       // what follows the answer (fill in the middle): for a format that takes_suffix()
  Json more = Json::object();                    // further variables of the template: chat_template_kwargs
};

// Roles in small letters, calls and their results with ids and names; what is missing is filled in. Throws Error (invalid) naming the
// message: none at all, an unknown role, a tool's result without a call before it, calls of anyone but the assistant, tools that are not
// OpenAI's form. Format does this itself.
Conversation checked(Conversation conversation);

struct Prompt {
  std::vector<std::int32_t> ids;
  std::string text;                              // as rendered
  std::size_t dropped_messages = 0;              // left out by fit(), the oldest first
  std::size_t dropped_tokens = 0;                // of what these say, without the template's frame around it
  bool thinks = false;                           // the rendered text ends inside an opened thinking block
  std::vector<Phrase> notes;                     // what was done otherwise than asked, or than one would think
};

// How a family marks what is not the answer itself. Found from the template's own text.
struct Marks {
  std::string think_begin = {}, think_end = {};  // "<think>", "</think>"; empty: the model does not think aloud
  enum class Calls {
    none,
    tagged_json,   // begin {"name", "arguments"} end; in the same tags Qwen3-Coder's <function=…> and GLM's <arg_key> too
    bare_json,     // the answer is {"name", "parameters"}, with or without begin in front (Llama 3)
    list,          // begin [{"name", "arguments"}, …], or begin name[ARGS]{…} (Mistral); end may be empty
    sections,      // begin (item_begin name item_separator {…} item_end)* end (DeepSeek, Kimi)
    channels,      // gpt-oss: <|channel|>analysis<|message|>…<|end|>, calls as "commentary to=functions.NAME"
  } calls = Calls::none;
  std::string call_begin = {}, call_end = {};
  std::string item_begin = {}, item_separator = {}, item_end = {};
};
Marks find_marks(std::string_view template_source);

// What a piece of text turned out to be.
struct Delta {
  std::string content, thinking;
  std::vector<ToolCall> calls = {};              // whole ones
  bool empty() const { return content.empty() && thinking.empty() && calls.empty(); }
};
struct Expected {
  std::vector<std::string> tools = {};           // names; empty: nothing is taken for a call
  bool starts_thinking = false;                  // Prompt::thinks
  std::uint64_t seed = 0;                        // of the calls' ids
};
// Reads a model's text as it comes and holds back what may still become a mark. However the text is cut, the sum of what it gives is the
// same. White space at the edges of thinking and around calls is left out; all other text comes out as content.
class Reader {
 public:
  Reader(Marks marks, Expected expected);
  Delta push(std::string_view text);
  // The rest. Text that began like a call and is none is content.
  Delta finish();

 private:
  enum class Where : std::uint8_t { content, thinking, call, header } where_ = Where::content;
  struct Scan {                                  // how far the JSON of a call was looked through
    std::size_t at = 0;
    int depth = 0;
    bool begun = false, text = false, escaped = false, closed = false;
  };
  bool step(Delta& out);                         // false: more text is needed
  bool read_content(Delta& out);
  bool read_thinking(Delta& out);
  bool read_call(Delta& out);
  bool read_header(Delta& out);                  // gpt-oss
  bool read_channel(Delta& out);
  bool bare_call() const;
  void open_call(std::size_t at, std::size_t mark);
  std::optional<std::size_t> call_ends(std::size_t& behind);
  bool take_calls(std::string_view body, Delta& out);
  void give_back(Delta& out, std::size_t size);  // so much of the text is no call after all
  void emit(Delta& out, std::size_t size, bool as_thinking);

  Marks marks_;
  Expected expected_;
  std::string held_;
  std::size_t body_ = 0;                         // in a call: where it begins in held_, behind white space and mark
  Scan scan_;
  std::string channel_;                          // gpt-oss: "analysis", "final", "commentary to=…"
  bool fresh_ = true;                            // nothing of the answer came yet but white space
  bool thought_ = false;                         // a thinking block can no longer begin
  bool trim_ = false;                            // white space in front is left out
  std::uint64_t calls_ = 0;
};

// A model's way of talking: its own Jinja template, or a Go template given in a Modelfile. Immutable, shared by requests.
class Format {
 public:
  // The template that the model's files hold. Throws Error where there is none.
  explicit Format(std::shared_ptr<const engine::Pretrained> model);
  // A template from a Modelfile: Jinja where it has {% … %}, else Go's as Ollama runs it. `where` is named in errors.
  Format(std::shared_ptr<const engine::Pretrained> model, std::string_view source, std::string_view where);
  // The same for a tokenizer alone; `model` is named in errors.
  Format(std::shared_ptr<const text::Tokenizer> tokenizer, std::string_view source, std::string_view where, std::string_view model);
  ~Format();
  const Marks& marks() const;
  bool takes_tools() const;
  bool takes_system() const;                     // false: it is put in front of the next user message, and Prompt::notes says so
  bool takes_suffix() const;
  bool thinks() const;
  // What people wrote is never parsed for special tokens, what the template writes is. Throws Error: as checked(); invalid with the
  // template's words where it raises, and for tools, thinking or a suffix that it does not take; limit.
  Prompt operator()(const Conversation& conversation) const;
  // The same, cut to `limit` tokens by leaving out the oldest messages: system messages and the last one stay, and no tool's result stays
  // without its call. It renders a number of times that grows with the logarithm of the messages. Throws Error (limit) with the counts
  // where what has to stay is too long.
  Prompt fit(const Conversation& conversation, std::size_t limit) const;
  // The spelling of a special token that the Reader needs to see, such as "[TOOL_CALLS]"; empty for all others, which are never shown.
  std::string_view mark(std::int32_t id) const;
  // For an answer to this prompt.
  Reader reader(const Conversation& conversation, const Prompt& prompt, std::uint64_t seed) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::chat
