#pragma once

#include <json/json.h>

#include <fstream>
#include <string>

namespace payhook::test {

/// Calls use(vector) for each signature that a sender has published.
template <typename Use>
void for_each_published_vector(const Use& use) {
  for (const auto* file : {"signatures", "signatures-2", "signatures-3"}) {
    std::ifstream stream(std::string(PAYHOOK_SOURCE_DIR "/tests/vectors/") + file + ".json");
    Json::Value root;
    stream >> root;
    for (const Json::Value& vector : root["vectors"]) {
      use(vector);
    }
  }
}

}  // namespace payhook::test
