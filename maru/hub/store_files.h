#pragma once
// Inside the store: where its files lie, and how a model enters it. For this folder only.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "maru/hub/digest.h"
#include "maru/hub/hub.h"

namespace maru::hub {

std::filesystem::path manifest_path(const std::filesystem::path& home, std::string_view name, Kind kind);
std::filesystem::path view_path(const std::filesystem::path& home, std::string_view name, Kind kind);
std::filesystem::path blob_path(const std::filesystem::path& home, std::string_view sha256);
// What locks the digests of blobs: whoever counts on one that no manifest of its own names holds it together with others, whoever removes
// one holds it alone.
std::filesystem::path blob_locks_path(const std::filesystem::path& home);
void make_folder(const std::filesystem::path& path);
std::string now_utc();  // of manifests: "2026-11-23T10:00:00Z"
// What killed processes left in tmp/: folders whose work holds no lock any more.
void clear_rests(const std::filesystem::path& home);

// Adds what was read to a running sum, reports it, and lets the person stop the work.
OnBytes counter(std::string_view what, std::uint64_t total, const OnProgress& progress, const Cancel* cancel);

struct Staged {
  StoredFile file;
  std::filesystem::path path;  // where the finished bytes lie, inside the store's own file system; empty when they are where they stay
  std::shared_ptr<const void> hold;  // keeps others that want the same bytes waiting until they are stored, or from removing them
  std::filesystem::path part{};      // of the transfer, which goes with the journal beside it when the file is stored
};
// Blobs first, the manifest last: a reader sees the whole model or none of it. What only the model's former state used goes.
void commit(const Store& store, const Model& model, const std::vector<Staged>& staged, const OnProgress& progress, const Cancel* cancel);

}  // namespace maru::hub
