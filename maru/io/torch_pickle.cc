// The stack machine of pickle, over the opcodes that torch.save writes for dictionaries of tensors.
#include "maru/io/torch_pickle.h"

#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>

#include "maru/base/error.h"
#include "maru/io/torch_rebuild.h"

namespace maru::io {
namespace {

// A hundred thousand tensors take some forty steps each.
constexpr std::size_t kMostSteps = 4'000'000, kMostBytes = 64 << 20, kMostText = 1 << 16, kMostStack = 1 << 20;
// Values without content are made once.
constexpr PickleId kNone = 0, kTrue = 1, kFalse = 2;

class Machine {
 public:
  Machine(std::string_view bytes, const std::string& where) : bytes_(bytes.substr(0, kMostBytes)), where_(where) {
    pickle_.values.emplace_back(PickleNone{});
    pickle_.values.emplace_back(true);
    pickle_.values.emplace_back(false);
  }

  Pickle run() && {
    while (!step()) {}
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  // ---- bytes

  std::string_view take(std::uint64_t count) {
    check(count <= bytes_.size() - at_,
        "{}: byte {}: the pickle needs {} bytes, but only {} are left; the file is cut short, bring it again",
          where_, at_, count, bytes_.size() - at_);
    const std::string_view part = bytes_.substr(at_, count);
    at_ += count;
    return part;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view text(std::uint64_t size) {
    check(size <= kMostText, "{}: byte {}: a text of {} bytes, expected at most {}", where_, opcode_at_, size, kMostText);
    return take(size);
  }
  std::string_view line() {
    const std::size_t end = bytes_.substr(at_, kMostText).find('\n');
    check(end != std::string_view::npos, "{}: byte {}: a name without an end", where_, opcode_at_);
    const std::string_view part = take(end);
    ++at_;
    return part;
  }

  // ---- the stack

  void push(PickleId id) {
    check(stack_.size() < kMostStack, "{}: byte {}: more than {} values wait on the stack", where_, opcode_at_, kMostStack);
    stack_.push_back(id);
  }
  void push_value(PickleValue value) {
    pickle_.values.push_back(std::move(value));
    push(PickleId(pickle_.values.size() - 1));
  }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleId pop() {
    check(stack_.size() > floor(), "{}: byte {}: takes a value from an empty stack", where_, opcode_at_);
    const PickleId id = stack_.back();
    stack_.pop_back();
    return id;
  }
  PickleId top() const {
    check(stack_.size() > floor(), "{}: byte {}: takes a value from an empty stack", where_, opcode_at_);
    return stack_.back();
  }
  std::vector<PickleId> popped(std::size_t count) {
    std::vector<PickleId> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  std::vector<PickleId> popped_to_mark() {
    check(!marks_.empty(), "{}: byte {}: no mark on the stack", where_, opcode_at_);
    std::vector<PickleId> items = popped(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }
  template <class T>
  T& target(PickleId id, std::string_view kind) {
    T* const found = std::get_if<T>(&pickle_.values[id]);
    check(found, "{}: byte {}: expected {} on the stack", where_, opcode_at_, kind);
    return *found;
  }
  void spend(std::size_t steps) {
    check(steps <= kMostSteps - steps_, "{}: byte {}: takes more than {} steps", where_, opcode_at_, kMostSteps);
    steps_ += steps;
  }

  // ---- what opcodes do

  void remember(std::uint64_t place) {
    check(place < kMostSteps, "{}: byte {}: memo place {}, expected less than {}", where_, opcode_at_, place, kMostSteps);
    memo_[std::uint32_t(place)] = top();
  }
  void recall(std::uint64_t place) {
    const auto at = place < kMostSteps ? memo_.find(std::uint32_t(place)) : memo_.end();
    check(at != memo_.end(), "{}: byte {}: memo place {} was never filled", where_, opcode_at_, place);
    push(at->second);
  }
  void set_items(const std::vector<PickleId>& items) {
    check(items.size() % 2 == 0, "{}: byte {}: a key without a value", where_, opcode_at_);
    auto& dict = target<PickleDict>(top(), "a dictionary");
    for (std::size_t i = 0; i < items.size(); i += 2) dict.items.emplace_back(items[i], items[i + 1]);
  }
  void append(const std::vector<PickleId>& items) {
    auto& list = target<PickleItems>(top(), "a list");
    check(!list.tuple, "{}: byte {}: appends to a tuple", where_, opcode_at_);
    list.items.insert(list.items.end(), items.begin(), items.end());
  }
  void whole_number(std::uint64_t size) {
    const std::string_view bytes = text(size);
    if (size > 8) return push_value(PickleLong{bytes});
    std::uint64_t value = !bytes.empty() && (bytes.back() & 0x80) ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    push_value(std::int64_t(value));
  }
  void global(std::string_view module, std::string_view name) { push_value(pickle_global(module, name, where_, opcode_at_)); }
  void stack_global() {
    const PickleId name = pop(), module = pop();
    global(target<std::string_view>(module, "a text"), target<std::string_view>(name, "a text"));
  }
  void reduce() {
    const PickleId arguments = pop(), function = pop();
    const PickleGlobal what = target<PickleGlobal>(function, "a name");
    const auto& given = target<PickleItems>(arguments, "a tuple");
    check(given.tuple, "{}: byte {}: expected a tuple on the stack", where_, opcode_at_);
    if (what.name == PickleName::ordered_dict && !given.items.empty()) {
      const auto* pairs = pickle_.get<PickleItems>(given.items[0]);
      spend(pairs ? pairs->items.size() : 0);
    }
    Rebuilt made = rebuilt(pickle_, what, given.items, where_, opcode_at_);
    if (made.same) return push(*made.same);
    push_value(std::move(made.value));
    if (const auto* tensor = pickle_.get<PickleTensor>(stack_.back())) spend(2 * tensor->shape.size());
  }
  // What BUILD sets on an object: only the attributes of an ordered dictionary, which are notes and no weights.
  void build() {
    const PickleId state = pop();
    check(pickle_.get<PickleDict>(state) && target<PickleDict>(top(), "an OrderedDict").ordered,
          "{}: byte {}: sets the state of something that is no OrderedDict; if you trust the file, convert it to safetensors where it was "
              "made",
          where_, opcode_at_);
  }

  // True at STOP.
  bool step() {
    spend(1);
    opcode_at_ = at_;
    const auto opcode = static_cast<unsigned char>(take(1)[0]);
    switch (opcode) {
      case 0x80: version(); return false;
      case 0x95: take(8); return false;  // FRAME: how far a reader may read ahead
      case '.': return stop();
      case '(': mark(); return false;
      case '0': pop(); return false;
      case 'N': push(kNone); return false;
      case 0x88: push(kTrue); return false;
      case 0x89: push(kFalse); return false;
      case 'K': push_value(std::int64_t(number<std::uint8_t>())); return false;
      case 'M': push_value(std::int64_t(number<std::uint16_t>())); return false;
      case 'J': push_value(std::int64_t(number<std::int32_t>())); return false;
      case 0x8a: whole_number(number<std::uint8_t>()); return false;
      case 'G': push_value(std::bit_cast<double>(std::byteswap(number<std::uint64_t>()))); return false;
      case 0x8c: case 'U': push_value(text(number<std::uint8_t>())); return false;
      case 'X': case 'T': push_value(text(number<std::uint32_t>())); return false;
      case 0x8d: push_value(text(number<std::uint64_t>())); return false;
      case '}': push_value(PickleDict{}); return false;
      case ']': push_value(PickleItems{}); return false;
      case ')': push_value(PickleItems{.items = {}, .tuple = true}); return false;
      case 0x85: case 0x86: case 0x87: push_value(PickleItems{popped(opcode - 0x84), true}); return false;
      case 't': push_value(PickleItems{popped_to_mark(), true}); return false;
      case 's': set_items(popped(2)); return false;
      case 'u': set_items(popped_to_mark()); return false;
      case 'a': append(popped(1)); return false;
      case 'e': append(popped_to_mark()); return false;
      case 'q': remember(number<std::uint8_t>()); return false;
      case 'r': remember(number<std::uint32_t>()); return false;
      case 0x94: remember(memo_.size()); return false;
      case 'h': recall(number<std::uint8_t>()); return false;
      case 'j': recall(number<std::uint32_t>()); return false;
      case 'c': named(); return false;
      case 0x93: stack_global(); return false;
      case 'R': reduce(); return false;
      case 'b': build(); return false;
      case 'Q': push_value(stored(pickle_, pop(), where_, opcode_at_)); return false;
    }
    fail(ErrorKind::invalid,
        "{}: byte {}: pickle opcode {:#04x}, which no file of tensors needs; if you trust the file, convert it to safetensors "
         "where it was made", where_, opcode_at_, opcode);
  }
  void version() {
    const int protocol = number<std::uint8_t>();
    check(protocol >= 2 && protocol <= 5, "{}: byte {}: pickle protocol {}, expected 2 to 5", where_, opcode_at_, protocol);
  }
  void mark() {
    check(marks_.size() < kMostStack, "{}: byte {}: more than {} values wait on the stack", where_, opcode_at_, kMostStack);
    marks_.push_back(stack_.size());
  }
  void named() {
    const std::string_view module = line(), name = line();
    global(module, name);
  }
  bool stop() {
    pickle_.result = pop();
    check(stack_.empty() && marks_.empty(), "{}: byte {}: the pickle ends with values left on the stack", where_, opcode_at_);
    return true;
  }

  std::string_view bytes_;
  const std::string& where_;
  std::size_t at_ = 0, opcode_at_ = 0, steps_ = 0;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleId> memo_;
  Pickle pickle_;
};

}  // namespace

Pickle read_pickle(std::string_view bytes, const std::string& where) { return Machine(bytes, where).run(); }

}  // namespace maru::io
