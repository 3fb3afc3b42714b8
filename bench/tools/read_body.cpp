// Reads the body of a webhook, for callgrind to count what it costs.
//
// Usage: read_body FILE [jsoncpp]
//
// The work is done in read(), as payhook does it, or with jsoncpp reading all of the body.

#include <json/json.h>

#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "webhook/parse_webhook.h"

namespace {

void read_as_webhook(const std::string& body) {
  try {
    payhook::parse_webhook(body, payhook::Currencies());
  } catch (const std::exception&) {  // it is refused; that is part of the cost
  }
}

void read_with_jsoncpp(const std::string& body) {
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  Json::Value root;
  reader->parse(body.data(), body.data() + body.size(), &root, nullptr);
}

}  // namespace

/// What callgrind is told to count.
extern "C" __attribute__((noinline)) void read_body(const std::string& body, bool with_jsoncpp) {
  with_jsoncpp ? read_with_jsoncpp(body) : read_as_webhook(body);
}

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3 || (argc == 3 && std::strcmp(argv[2], "jsoncpp") != 0)) {
    std::cerr << "usage: read_body FILE [jsoncpp]\n";
    return 64;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string body(std::istreambuf_iterator<char>(file), {});
  read_as_webhook("{}");  // what happens once only is not counted
  read_body(body, argc == 3);
}
