#pragma once
// Where learning lies on the disk: the built-in courses, the person's own graph, progress, and the files being worked on.
#include <filesystem>
#include <string>

#include "maru/learn/graph.h"

namespace maru::learn {

// $MARU_COURSES, else share/maru/courses or courses beside the program (installed, or run from its build). Throws Error (not_found).
std::filesystem::path courses_folder();
std::filesystem::path journal_path();                  // $MARU_HOME/learn.jsonl
std::filesystem::path own_folder();                    // $MARU_HOME/learn
// The person's: `graph` where given, else $MARU_LEARN, and $MARU_HOME/learn where it is. Then every course of the built-in folder unless
// `alone`.
Sources sources(const std::string& graph, bool alone = false);
// Where a node's file goes: ./maru-learn/ID/, or $MARU_HOME/learn/work/ID/ where the working folder cannot be written.
std::filesystem::path work_folder(const std::string& id);

}  // namespace maru::learn
