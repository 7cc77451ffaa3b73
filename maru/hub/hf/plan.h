#pragma once
// From a reference to what would be downloaded from the Hugging Face hub, asking only through `ask`.
#include "maru/hub/hf/repository.h"
#include "maru/hub/hub.h"

namespace maru::hub::hf {

// A model: pinned to a commit, its files chosen by choose_model_files, an index of parts compared with the listing.
// A data set: the hub's own Parquet copy where there is one, else the files in formats that maru reads.
// Throws Error: not_found, invalid for what the repository holds, io where the hub or the network fails.
Plan plan(const Reference& reference, Ask ask);

// That every part which an index of weights names ({"weight_map": {tensor: part}}) was chosen, and every chosen part is named. Throws Error
// (invalid) naming the part.
void check_index(std::string_view where, const std::string& path, const std::string& text, const std::vector<std::string>& chosen);

// The data files of a listing, and what is left out. `wanted` is a configuration, a folder or a file; "" is everything.
struct DataFiles {
  std::vector<std::string> names;
  std::vector<Phrase> notes;
};
DataFiles choose_data_files(std::string_view where, const std::vector<std::string>& names, std::string_view wanted);

}  // namespace maru::hub::hf
