#pragma once
// What an answer must look like, as the engine's constraint: a schema, a grammar, a tool that must be called. Thinking stays free.
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "maru/base/json.h"
#include "maru/chat/chat.h"
#include "maru/engine/constraint.h"
#include "maru/grammar/matcher.h"

namespace maru::chat {

struct Wanted {
  Json format = {};                              // null; "json"; a JSON Schema; {"regex": …}; {"grammar": …}
  Json tools = Json::array();                    // as in Conversation
  std::string tool_choice = "auto";              // auto, none, required, or a tool's name
  bool parallel_calls = true;
  bool thinks = false;                           // the answer begins inside a thinking block: the constraint begins behind it
  bool may_think = false;                        // it may begin with a thinking block of its own
};

// The grammars of one model: its vocabulary is prepared once, and what was compiled lately is kept, so that the same schema costs once.
// Thread safe.
class Constraints {
 public:
  explicit Constraints(std::shared_ptr<const engine::Pretrained> model);
  // Null where nothing is constrained. Throws Error (invalid) naming what of a schema or grammar is not supported, limit when it is too
  // large.
  std::shared_ptr<const engine::Constraint> operator()(const Wanted& wanted, const Marks& marks);

 private:
  struct Kept {
    std::string key;
    grammar::Guide::Pointer guide;
  };
  grammar::Tokens::Pointer tokens();
  std::shared_ptr<const engine::Pretrained> model_;
  std::mutex mutex_;
  grammar::Tokens::Pointer tokens_;
  std::list<Kept> kept_;                         // the latest first
};

}  // namespace maru::chat
