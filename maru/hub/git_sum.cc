// sha1 by OpenSSL; it keeps nobody from making two files of one sum, which is why the store names files by sha256.
#include "maru/hub/git_sum.h"

#include <openssl/evp.h>

#include <memory>

#include "maru/base/error.h"

namespace maru::hub {

std::string git_sha1(std::string_view bytes) {
  const std::string head = fmt::format("blob {}", bytes.size());
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), head.c_str(), head.size() + 1) == 1 &&
                    EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 && EVP_DigestFinal_ex(context.get(), raw, &size) == 1;
  if (!good) fail(ErrorKind::internal, "sha1: OpenSSL refused {} bytes", bytes.size());
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", raw[i]);
  return text;
}

}  // namespace maru::hub
