// Graphs as people write them: what is read, what is found wrong and on which line, and edits that keep the rest.
#include "maru/learn/graph.h"

#include <doctest/doctest.h>

#include <ctime>

#include "maru/base/file.h"
#include "maru/learn/draw.h"
#include "maru/learn/graph_edit.h"
#include "tests/scratch.h"

namespace maru::learn {
namespace {

using testing::Scratch;

constexpr std::string_view kSnippet =
    "- id: hf_pipeline_basics\n  name: \"Hugging Face Pipeline 기초\"\n  prerequisites: [python_basics]\n  domain: practical_tools\n  \n"
    "- id: hf_embeddings_similarity\n  name: \"임베딩과 유사도 측정 실습\"\n  prerequisites: [dot_product, hf_pipeline_basics]\n  domain: "
        "practical_tools\n";
constexpr std::string_view kOther =
    "nodes:\n  - {id: python_basics, name: {ko: 파이썬, en: Python}}\n  - {id: dot_product, name: Dot, domain: math, difficulty: 3}\n";

Graph graph_of(std::string_view text) {
  const Scratch scratch;
  return read_graph({.own = {scratch.put("g.yaml", text)}, .course = {}});
}
std::string what(const Graph& graph) {  // "missing:3 cycle:1"
  std::string out;
  for (const Problem& one : graph.problems) out += fmt::format("{}{}:{}", out.empty() ? "" : " ", name_of(one.kind), one.line);
  return out;
}

}  // namespace

TEST_CASE("the conversation's snippet loads unchanged beside another graph") {
  const Scratch scratch;
  const auto snippet = scratch.put("snippet.yaml", kSnippet), other = scratch.put("other.yaml", kOther);
  const Graph graph = read_graph({.own = {scratch.path}, .course = {}});
  CHECK(graph.problems.empty());
  REQUIRE(graph.nodes.size() == 4);
  const Node* node = graph.find("hf_embeddings_similarity");
  REQUIRE(node);
  CHECK(node->name.en == "임베딩과 유사도 측정 실습");
  CHECK(node->prerequisites == std::vector<std::string>{"dot_product", "hf_pipeline_basics"});
  CHECK(node->practice);
  CHECK(!graph.find("dot_product")->practice);
  CHECK(graph.find("dot_product")->fields.find("difficulty")->scalar == "3");
  CHECK(graph.find("python_basics")->name.ko == "파이썬");
}

TEST_CASE("every problem is found with its line") {
  CHECK(what(graph_of("- id: aa\n  prerequisites: [bb]\n- id: bb\n  prerequisites:\n    - zz\n")) == "missing:5 unreachable:1");
  const Graph cycle = graph_of("- id: aa\n  prerequisites: [cc]\n- id: bb\n  prerequisites: [aa]\n- id: cc\n  prerequisites: [bb]\n- id: "
      "dd\n  prerequisites: [cc]\n");
  CHECK(what(cycle) == "cycle:1 unreachable:7");
  CHECK(cycle.problems[0].what.text.ends_with("aa → bb → cc → aa"));
  CHECK(what(graph_of("- id: aa\n  prerequisites: [aa]\n")) == "cycle:1");
  CHECK(what(graph_of("- id: aa\n- id: bb\n- id: aa\n")) == "duplicate:3");
  CHECK(what(graph_of("- id: aa\n- id: Bad-Id\n")) == "bad_id:2");
  CHECK(what(graph_of("- id: aa\n- name: none\n")) == "bad_node:2");
  CHECK(what(graph_of("- id: aa\n- id: [\n")).starts_with("bad_yaml:"));
  CHECK(what(graph_of("- id: aa\n  name: x\n  name: y\n")) == "bad_yaml:3");
  CHECK(what(graph_of("just a text\n")) == "bad_yaml:1");
  CHECK(what(graph_of("")) == "");
}

TEST_CASE("hostile YAML meets limits before it takes memory") {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    laughs += fmt::format("a{}: &a{} [", i, i);
    for (int j = 0; j < 9; ++j) laughs += fmt::format("{}*a{}", j ? ", " : "", i - 1);
    laughs += "]\n";
  }
  CHECK(testing::refuses(ErrorKind::limit, [&] { parse_yaml(laughs, "f"); }));
  CHECK(testing::refuses(ErrorKind::limit, [] { parse_yaml(std::string(100'000, '['), "f"); }));
  CHECK(testing::refuses(ErrorKind::limit, [] { parse_yaml("- x\n- y\n", "f", {.bytes = 4}); }));
  CHECK(testing::refuses(ErrorKind::invalid, [] { parse_yaml("a: &a [*a]\n", "f"); }));
  CHECK(testing::refuses(ErrorKind::invalid, [] { parse_yaml("- a\n- \xff\n", "f"); }));
  CHECK(parse_yaml("base: &b [x, y]\nother: *b\n", "f").find("other")->items.size() == 2);
}

TEST_CASE("the person's node wins over the course's, and its lab stays") {
  const Scratch own, course;
  std::filesystem::create_directory(course.path / "dot");
  maru::write_file(course.path / "dot" / "node.yaml", "id: dot\nname: Course\nminutes: 7\nlab: {file: starter.py}\n");
  const auto mine = own.put("mine.yaml", "- id: dot\n  name: Mine\n");
  const Graph graph = read_graph({.own = {mine}, .course = {course.path}});
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].name.en == "Mine");
  CHECK(graph.nodes[0].folder == course.path / "dot");
  REQUIRE(graph.notes.size() == 1);
  CHECK(graph.notes[0].text.find("whose lab it keeps") != std::string::npos);
}

TEST_CASE("ten thousand nodes open in under a second, also as one chain") {
  std::string chain, wide;
  for (int i = 0; i < 10'000; ++i) {
    chain += fmt::format("- id: n{}\n  name: Node {}\n  prerequisites: [{}]\n  domain: d\n", i, i, i ? fmt::format("n{}", i - 1) : "");
    wide += fmt::format("- id: n{}\n  name: {{ko: 노드, en: Node}}\n  prerequisites: [{}]\n", i, i > 20
        ? fmt::format("n{}, n{}, n{}", i / 2, i / 3, i / 4) : "");
  }
  for (const std::string& text : {chain, wide}) {
    const std::clock_t begin = std::clock();  // its own time: the machine may be busy
    const Graph graph = graph_of(text);
    const double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
    CHECK(graph.nodes.size() == 10'000);
    CHECK(graph.problems.empty());
    CHECK(tree(graph).size() == 10'000);
#ifdef NDEBUG
    CHECK(seconds < 1.0);
#else
    MESSAGE(seconds);
#endif
  }
}

TEST_CASE("a node is added with comments, order and line ends kept") {
  const std::string text =
      "# mine\nnodes:\n  - id: aa   # first\n    name: A\n\n  # between\n  - id: bb\n    name: B\n# the end\nowner: me\n";
  const std::string longer = with_node(text, "f", {.id = "cc", .name = "말: \"따옴표\"", .name_ko = {}, .name_en = {}, .domain = "math",
      .prerequisites = {"aa", "bb"}});
  CHECK(longer == "# mine\nnodes:\n  - id: aa   # first\n    name: A\n\n  # between\n  - id: bb\n    name: B\n"
                  "  - id: cc\n    name: \"말: \\\"따옴표\\\"\"\n    prerequisites: [aa, bb]\n    domain: \"math\"\n# the end\nowner: me\n");
  CHECK(with_node("", "f", {.id = "aa", .name = "A", .name_ko = {}, .name_en = {}, .domain = {}, .prerequisites = {}})
      == "- id: aa\n  name: \"A\"\n  prerequisites: []\n");
  const NewNode node{.id = "aa", .name = "A", .name_ko = {}, .name_en = {}, .domain = {}, .prerequisites = {}};
  CHECK(with_node("- id: bb\r\n  name: B", "f", node).ends_with("name: B\r\n- id: aa\r\n  name: \"A\"\r\n  prerequisites: []\r\n"));
  CHECK(testing::refuses(ErrorKind::invalid, [&] { with_node("- id: aa\n", "f", node); }));
  CHECK(testing::refuses(ErrorKind::invalid, [&] { with_node("[{id: bb}]\n", "f", node); }));
  CHECK(testing::refuses(ErrorKind::invalid, [&] { with_node("title: x\n", "f", node); }));
  CHECK(testing::refuses(ErrorKind::invalid, [&] { with_node("- id: bb\n", "f",
      {.id = "Bad", .name = {}, .name_ko = {}, .name_en = {}, .domain = {}, .prerequisites = {}}); }));
}

TEST_CASE("pictures tell theory from practice, and their edges") {
  const Graph graph = graph_of("- id: theory\n  name: \"a <b> & \\\"c\\\"\"\n- id: lab\n  domain: practical_tools\n  prerequisites: "
      "[theory]\n");
  const std::vector<Mark> marks = {Mark::ready, Mark::locked};
  CHECK(mermaid(graph, marks, false).find("n_theory ==> n_lab") != std::string::npos);
  CHECK(mermaid(graph, marks, false).find("n_theory([\"a #lt;b#gt; & #quot;c#quot;\"])") != std::string::npos);
  CHECK(dot(graph, marks, false).find("\"theory\" -> \"lab\" [style=bold") != std::string::npos);
  CHECK(svg(graph, marks, false).find("class=\"to\"") != std::string::npos);
  CHECK(svg(graph, marks, false).find("a &lt;b&gt; &amp; &quot;c&quot;") != std::string::npos);
  CHECK(tree(graph)[1].lead == "╘═");
}

}  // namespace maru::learn
