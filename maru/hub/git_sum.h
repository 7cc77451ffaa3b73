#pragma once
// How git names bytes as a blob: the sha1 of "blob <size>\0" and the bytes. For the small files of a repository.
#include <string>
#include <string_view>

namespace maru::hub {

std::string git_sha1(std::string_view bytes);  // 40 lower-case hex digits

}  // namespace maru::hub
