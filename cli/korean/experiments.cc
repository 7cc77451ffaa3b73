// What maru/experiments and maru try say, in Korean.
#include "cli/korean.h"

namespace maru::cli {
namespace {

constexpr Translation kTable[] = {
    {"FILE is missing; `maru try --example > grid.yaml` writes one to begin with",
     "FILE이 없습니다. `maru try --example > grid.yaml`로 시작할 파일을 만들 수 있습니다"},
    {"{}: {}: expected a text", "{}: {}: 글이어야 합니다"},
    {"{}: {}: expected a whole number from {} to {}", "{}: {}: {}에서 {} 사이의 정수여야 합니다"},
    {"{}: prompts.{}: expected a text, roles with texts, or a list of such", "{}: prompts.{}: 글이나, 역할과 글, 또는 그 목록이어야 합니다"},
    {"{}: prompts.{}: expected a role and its text, such as user: \"{{question}}\"", "{}: prompts.{}: user: \"{{question}}\"처럼 역할과 글이어야 합니다"},
    {"{}: prompts.{}: there is no role {:?}; there are system, user, assistant, or raw", "{}: prompts.{}: {} 역할은 없습니다. system, user, assistant, raw가 있습니다"},
    {"{}: prompts.{}: either raw or roles", "{}: prompts.{}: raw와 역할 가운데 하나만 쓰세요"},
    {"{}: prompts: expected names and their prompts", "{}: prompts: 이름과 프롬프트여야 합니다"},
    {"{}: parameters: expected names and their values, or a list of values", "{}: parameters: 이름과 값, 또는 값의 목록이어야 합니다"},
    {"{}: parameters: expected names such as temperature and their values", "{}: parameters: temperature 같은 이름과 값이어야 합니다"},
    {"{}: answer: expected a text, or one of contains, equals, regex, json", "{}: answer: 글이나 contains, equals, regex, json 가운데 하나여야 합니다"},
    {"{}: answer: there is no {:?}; there are contains, equals, regex, json", "{}: answer: {}은(는) 없습니다. contains, equals, regex, json이 있습니다"},
    {"{}: questions: expected a list", "{}: questions: 목록이어야 합니다"},
    {"{}: questions: expected a text, or fields such as question and answer", "{}: questions: 글이나, question·answer 같은 항목이어야 합니다"},
    {"{}:{}: prompts.{}: {}", "{}:{}: prompts.{}: {}"},
    {"{}:1: expected models, prompts and questions; `maru try --example` shows a whole file",
     "{}:1: models, prompts, questions가 있어야 합니다. `maru try --example`이 예를 보여 줍니다"},
    {"{}: {:?} is no key of an experiment; there are models, prompts, parameters, questions, seeds, collection, passages",
     "{}: {} 항목은 실험에 없습니다. models, prompts, parameters, questions, seeds, collection, passages가 있습니다"},
    {"{}:1: models: expected the name of one at least", "{}:1: models: 모델 이름이 하나 이상 있어야 합니다"},
    {"{}:1: prompts: expected one at least", "{}:1: prompts: 하나 이상 있어야 합니다"},
    {"{}:1: questions: expected one at least", "{}:1: questions: 하나 이상 있어야 합니다"},
    {"{}:1: {} tries; at most {}: fewer seeds, questions or parameters", "{}:1: 시도가 {}번입니다. 최대 {}번: seeds, questions, parameters를 줄이세요"},
    {"a brace is opened and not closed; {{{{ is a brace itself", "중괄호가 열리고 닫히지 않았습니다. {{{{는 중괄호 글자입니다"},
    {"there is no {{{}}}; this question has {}{}", "{{{}}} 항목이 없습니다. 이 질문에 있는 것: {}{}"},
};

}  // namespace

Translations experiments_korean() { return kTable; }

}  // namespace maru::cli
