#pragma once
// What happened while learning: one append-only file of JSON lines, one event a line. Knows how events are written, torn and merged; what
// they
// amount to is in mastery.h.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/base/phrase.h"

namespace maru::learn {

// A line: {"t":"2026-11-23T10:00:00Z","node":"softmax","event":"check","pass":true, …}.
struct Event {
  std::int64_t time = 0;       // seconds since 1970, UTC
  std::string node, event;     // start, predict, check, hint, solution, done, place, reset; of reset --all the node is "*"
  Json all;                    // the whole line
};
struct Journal {
  std::vector<Event> events;   // by time; a line that stands twice (files put together twice) counts once
  std::vector<Phrase> notes;   // lines that could not be read, a torn end among them
};
// A file that is not there is an empty journal. Lines that are torn are skipped and said, never an error.
Journal read_journal(const std::filesystem::path& path);
Journal parse_journal(std::string_view text, const std::string& name);

// Adds t where the event has none, and a key of its own, and appends it: one write and fsync, under a lock. After a torn end it begins
// a new line.
void append_event(const std::filesystem::path& path, Json event);

std::string time_text(std::int64_t seconds);                  // "2026-11-23T10:00:00Z"
std::int64_t seconds_of(std::string_view text);               // -1: no such time
std::int64_t now();                                           // $MARU_NOW (a time as above) where set, for tests

}  // namespace maru::learn
