// Progress: events that survive a torn file, what they amount to, and the one next thing.
#include "maru/learn/mastery.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "maru/base/file.h"
#include "maru/learn/verdict.h"
#include "tests/scratch.h"

namespace maru::learn {
namespace {

constexpr std::int64_t kDay = 86'400, kStart = 1'800'000'000;

Graph small_graph() {
  const testing::Scratch scratch;
  scratch.put("course.yaml", "schema: maru.course/1\nroad: [aa, bb, cc]\n");
  scratch.put("g.yaml",
      "- id: dd\n- id: aa\n  minutes: 5\n- id: bb\n  minutes: 10\n  prerequisites: [aa]\n  encompasses: [{id: aa, weight: 0.5}]\n"
                        "- id: cc\n  prerequisites: [bb]\n");
  return read_graph({.own = {}, .course = {scratch.path}});
}
std::string line(std::int64_t time, std::string_view node, std::string_view event, std::string_view more = "") {
  return fmt::format("{{\"t\":\"{}\",\"node\":\"{}\",\"event\":\"{}\"{}}}\n", time_text(time), node, event, more);
}
std::string passed(std::int64_t time, std::string_view node) { return line(time, node, "start")
    + line(time + 1, node, "check", ",\"pass\":true"); }

}  // namespace

TEST_CASE("a journal torn at any byte loses the torn event and no other") {
  const testing::Scratch scratch;
  const std::string whole = passed(kStart, "aa") + passed(kStart + 10, "bb");
  const std::size_t lines = 4;
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::string torn = whole.substr(0, cut);
    const auto complete = std::size_t(std::count(torn.begin(), torn.end(), '\n'));
    const Journal journal = parse_journal(torn, "j");
    const bool all_but_the_end = cut < whole.size() && whole[cut] == '\n';
    CHECK(journal.events.size() == complete + (all_but_the_end ? 1 : 0));
    CHECK(journal.notes.size() == (torn.empty() || torn.ends_with('\n') || all_but_the_end ? 0 : 1));
    const auto path = scratch.put("learn.jsonl", torn);
    append_event(path, {{"t", time_text(kStart + 20)}, {"node", "cc"}, {"event", "start"}});
    const Journal again = read_journal(path);
    CHECK(again.events.size() == journal.events.size() + 1);
    CHECK(again.events.back().node == "cc");
  }
  CHECK(parse_journal(whole, "j").events.size() == lines);
}

TEST_CASE("files of two machines are merged by putting them together") {
  const std::string one = passed(kStart, "aa"), two = passed(kStart - 100, "bb");
  const Journal merged = parse_journal(one + two + one, "j");
  CHECK(merged.events.size() == 4);
  CHECK(merged.events.front().node == "bb");
  const Journal torn = parse_journal(one.substr(0, one.size() - 5) + two, "j");  // the first one's end is torn
  CHECK(torn.events.size() == 3);
}

TEST_CASE("hints, the solution and reviews are counted") {
  const Graph graph = small_graph();
  const auto mastery = [&](const std::string& journal) { return standings(graph, parse_journal(journal, "j"), kStart).at("aa").mastery; };
  const std::string begin = line(kStart, "aa", "start"), end = line(kStart + 9, "aa", "check", ",\"pass\":true");
  CHECK(mastery(begin + end) == doctest::Approx(1.0));
  CHECK(mastery(begin + line(kStart + 1, "aa", "check", ",\"pass\":false") + end) == doctest::Approx(1.0));
  CHECK(mastery(begin + line(kStart + 1, "aa", "hint", ",\"hint\":2") + end) == doctest::Approx(0.8));
  CHECK(mastery(begin + line(kStart + 1, "aa", "hint", ",\"hint\":3") + end) == doctest::Approx(0.6));
  CHECK(mastery(begin + line(kStart + 1, "aa", "solution") + end) == doctest::Approx(0.3));
  CHECK(mastery(begin + end + line(kStart + 20, "aa", "reset")) == 0);
  CHECK(mastery(begin) == 0);

  const auto due = [&](const std::string& journal) { return standings(graph, parse_journal(journal, "j"), kStart).at("aa").due; };
  const std::string review = line(kStart + kDay, "aa", "start", ",\"review\":true")
      + line(kStart + kDay + 1, "aa", "check", ",\"pass\":true");
  CHECK(due(begin + end) == kStart + 9 + kDay);
  CHECK(due(begin + end + review) == kStart + kDay + 1 + 3 * kDay);
  CHECK(due(begin + end + passed(kStart + kDay, "bb")) == kStart + kDay + 1 + kDay / 2);  // bb encompasses half of aa
}

TEST_CASE("there is one right next thing") {
  const Graph graph = small_graph();
  const auto next = [&](const std::string& journal, std::int64_t now) {
    const auto found = next_thing(graph, standings(graph, parse_journal(journal, "j"), now), now);
    return found ? found->id + (found->review ? " review" : "") : "nothing";
  };
  CHECK(next("", kStart) == "aa");
  CHECK(next(line(kStart, "dd", "start"), kStart) == "dd");  // what was begun goes on
  const std::string two = passed(kStart, "aa") + passed(kStart + 10, "bb");
  CHECK(next(two, kStart + 20) == "cc");
  CHECK(next(two, kStart + 2 * kDay) == "bb review");        // which reviews aa as well
  const std::string reviewed = two + line(kStart + 2 * kDay, "bb", "start", ",\"review\":true")
      + line(kStart + 2 * kDay + 1, "bb", "check", ",\"pass\":true");
  CHECK(next(reviewed, kStart + 10 * kDay) == "cc");         // three new things for one review
  const std::string all = passed(kStart, "aa") + passed(kStart + 1, "bb") + passed(kStart + 2, "cc") + line(kStart + 3, "dd", "done");
  CHECK(next(all, kStart + 10) == "nothing");
}

TEST_CASE("a path holds what is still to learn, in order") {
  const Graph graph = small_graph();
  const auto path = [&](const std::string& journal, std::string_view goal) {
    std::string out;
    for (const std::size_t at : path_to(graph, standings(graph, parse_journal(journal, "j"), kStart), goal))
        out += graph.nodes[at].id + " ";
    return out;
  };
  CHECK(path("", "cc") == "aa bb cc ");
  CHECK(path(passed(kStart, "aa"), "cc") == "bb cc ");
  CHECK(path(passed(kStart, "aa"), "aa") == "");
  CHECK(testing::error_of([&] { path("", "ccc"); }).find("did you mean cc?") != std::string::npos);
}

TEST_CASE("checks compare facts and nothing else") {
  const Json facts = {{"n", 3}, {"x", 0.5}, {"yes", true}, {"word", "none"}, {"list", {1, 2}}, {"nan", "nan"}};
  const auto ok = [&](const std::string& fact, const std::string& op, Json value, double tolerance = 0) {
    return holds({.fact = fact, .op = op, .value = std::move(value), .tolerance = tolerance}, facts);
  };
  CHECK(ok("n", "==", 3));
  CHECK(ok("n", "==", 3.0));
  CHECK(!ok("n", "!=", 3));
  CHECK(ok("n", "<", 4));
  CHECK(!ok("n", "<", 3));
  CHECK(ok("n", "<=", 3));
  CHECK(ok("x", ">", 0.4));
  CHECK(ok("x", ">=", 0.5));
  CHECK(ok("x", "≈", 0.51, 0.02));
  CHECK(!ok("x", "≈", 0.6, 0.02));
  CHECK(ok("n", "in", Json::array({1, 3})));
  CHECK(!ok("n", "in", Json::array({1, 2})));
  CHECK(ok("yes", "==", true));
  CHECK(!ok("yes", "==", 1));
  CHECK(ok("word", "==", "none"));
  CHECK(ok("list", "==", Json::array({1, 2})));
  CHECK(!ok("nan", "<", 1));
  CHECK(!ok("missing", "==", 1));
  CHECK(filled("{x} of {n}, {what}", facts) == "0.5 of 3, {what}");
}

}  // namespace maru::learn
