// The document that /openapi.json answers with.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "maru/server/client_test.h"
#include "maru/server/openapi.h"

using namespace maru;
using namespace maru::server;

TEST_CASE("the document names every route, its body, its errors and its keys") {
  const Json document = openapi(test_families());
  CHECK(document["openapi"] == "3.1.0");
  const Json& echo = document["paths"]["/api/echo"]["post"];
  CHECK(echo["requestBody"]["content"]["application/json"]["schema"]["properties"]["options"]["properties"]["top_p"]["maximum"] == 1.0);
  CHECK(echo["responses"]["400"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Error");
  const Json& openai = document["paths"]["/v1/echo"]["post"]["responses"]["400"];
  CHECK(openai["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/OpenAiError");
  CHECK(echo["x-scope"] == "inference");
  CHECK(document["paths"]["/api/echo"]["delete"]["x-scope"] == "administration");
  CHECK(document["paths"]["/health"]["get"]["security"].empty());
  CHECK(document["paths"]["/v1/models/{model}"]["get"]["parameters"][0]["name"] == "model");
  CHECK(document["paths"]["/api/blobs/{blob}"]["post"]["requestBody"]["content"].contains("application/octet-stream"));
  if (const char* path = std::getenv("MARU_TEST_WRITE_OPENAPI")) std::ofstream(path) << dump(document);
}
