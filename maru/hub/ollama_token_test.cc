// Challenges, token addresses, and signatures as another implementation makes them.
#include "maru/hub/ollama_token.h"

#include <doctest/doctest.h>

#include "maru/hub/ollama_key.h"
#include "maru/hub/test_folder.h"

namespace maru::hub {
namespace {

// Made by ssh-keygen for this test alone.
constexpr const char* kKey = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACCHCs6d3u858F2Fsnzrdkc2IPQzvmFCIS0DYWRB/npLkgAAAJiEqCbChKgm
wgAAAAtzc2gtZWQyNTUxOQAAACCHCs6d3u858F2Fsnzrdkc2IPQzvmFCIS0DYWRB/npLkg
AAAEAf04WbV3/R9UlwXVOhk6rLXnN2wZXcSGnF852Ll3WkDocKzp3e7znwXYWyfOt2RzYg
9DO+YUIhLQNhZEH+ekuSAAAAD2Ega2V5IGZvciB0ZXN0cwECAwQFBg==
-----END OPENSSH PRIVATE KEY-----
)";
constexpr const char* kLocked = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBmZ4LTRy
n9Mk+eNwZNb5VRAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHhzEqdZ0GK+dfgj
03gWrcWNZhOVxcNDgztkf113TzA3AAAAkNzPkCjBqwrTHiW48jQFjP3gloIfIX6SeJXmUo
GUHAtXYmmEQ3kBJJcOVrKSlwWhPAaYLEgGCzaEOfBWuJJ1bbre4UsZ2TraSEFx7vx+dpGa
F8rGBXS4rgvdZEkdpPsu7T/st2N1r+3foNj4y9/oPn/StAtZ+9QiCRECcF7XNthARHKoxJ
cfQ5IqHCjcoUEhtA==
-----END OPENSSH PRIVATE KEY-----
)";

Challenge challenge(std::string_view realm) {
  return parse_challenge(fmt::format(R"(Bearer realm="{}",service="r, and more",scope="repository:library/x:pull a b")", realm),
                         "https://registry.example");
}

}  // namespace

TEST_CASE("a challenge is read with commas inside its quotes") {
  const Challenge read = challenge("https://registry.example/token");
  CHECK(read.realm == "https://registry.example/token");
  CHECK(read.service == "r, and more");
  CHECK(read.scope == "repository:library/x:pull a b");
  CHECK(challenge("https://REGISTRY.example:443/token").realm.ends_with("/token"));
}

TEST_CASE("a sign-in on another host, scheme or port is refused before anything is sent") {
  for (const char* realm : {"https://evil.example/token", "http://registry.example/token", "https://registry.example:8443/token",
                            "https://registry.example@evil.example/token", "https://registry.example.evil.example/token",
                            "https://registry.example\\\\@evil.example", "//registry.example/token", "token"}) {
    CAPTURE(realm);
    CHECK(error_of([&] { challenge(realm); }).find("to another host") != std::string::npos);
  }
  CHECK(error_of([] { challenge(""); }).find("without saying where") != std::string::npos);
  CHECK(error_of([] { challenge("https://registry.example/a b"); }).find("without saying where") != std::string::npos);
  CHECK(error_of([] { parse_challenge("Basic realm=\"x\"", "https://r"); }).find("expected Bearer") != std::string::npos);
  CHECK(error_of([] { parse_challenge("", "https://r"); }).find("expected Bearer") != std::string::npos);
}

TEST_CASE("a token is asked for with every scope by itself, all of it encoded") {
  CHECK(token_url(challenge("https://registry.example/token"), "n&n", 17) ==
        "https://registry.example/token?service=r%2C%20and%20more&scope=repository%3Alibrary%2Fx%3Apull&scope=a&scope=b&ts=17&nonce=n%26n");
  CHECK(token_url(challenge("https://registry.example/token?a=b#c"), "n", 1).starts_with("https://registry.example/token?a=b&service="));
}

TEST_CASE("a request is signed as Go's crypto/ed25519 signs it with the same key") {
  CHECK(sign_for_ollama(parse_ollama_key(kKey, "key"), "https://registry.example/token?service=s&nonce=n") ==
        "AAAAC3NzaC1lZDI1NTE5AAAAIIcKzp3e7znwXYWyfOt2RzYg9DO+YUIhLQNhZEH+ekuS:"
        "mqXsrbSHpnlgqM/Qgm/vjdXgWkqaJARQ0uHEHKnRY38V8q9OcxVQ6dWTl2RqiqOj5fc1+j+J9UIJSSzqTJ0LCw==");
}

TEST_CASE("a key that is locked, damaged or of another kind is refused by name") {
  CHECK(error_of([] { parse_ollama_key(kLocked, "key"); }).find("passphrase (aes256-ctr)") != std::string::npos);
  CHECK(error_of([] { parse_ollama_key("hello", "key"); }).find("expected an OpenSSH private key") != std::string::npos);
  // Wherever the text is cut, the key is refused or the same: only the comment and the padding stand behind the secret.
  const std::string whole = kKey;
  const std::string seed = parse_ollama_key(whole, "key").seed;
  const std::size_t begin = whole.find('\n') + 1, end = whole.rfind("\n-----END");
  for (std::size_t cut = begin; cut < end; cut += 3) {
    const std::string text = whole.substr(0, cut) + whole.substr(end);
    std::string got;
    const std::string said = error_of([&] { got = parse_ollama_key(text, "key").seed; });
    CHECK((!said.empty() || got == seed));
  }
}

}  // namespace maru::hub
