// What docs/openapi.yaml says of payhook.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

constexpr auto k_directory = PAYHOOK_SOURCE_DIR "/tests/api_documents";

/// The sources of the examples; {0} is the file of a secret.
constexpr auto k_settings = R"(
responder.conflicting_duplicate = "reject"
[[source]]
name = "default"
signature = "none"
[[source]]
name = "shop"
preset = "generic"
secrets = ["{0}"]
unreadable = "refuse"
[[source]]
name = "adyen-like"
signature = "none"
acknowledgement = {{ status = 200, body = "[accepted]" }}
[[source]]
name = "asks-first"
preset = "generic"
secrets = ["{0}"]
challenge = {{ query = "hub.challenge", field = "/challenge", cloudevents = true }}
[[source]]
name = "quick"
signature = "none"
delay_seconds = 0
[[source]]
name = "failing"
signature = "none"
delay_seconds = 0
handler = {{ type = "exec", command = ["/bin/false"], max_attempts = 1 }}
)";

/// A file that only its owner reads.
std::filesystem::path secret_file(const std::filesystem::path& path, std::string_view secret) {
  std::ofstream(path) << secret;
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  return path;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_example_of_the_openapi_document_is_what_payhook_answers) {
  const TemporaryDirectory directory;
  const auto secret = secret_file(directory.path() / "secret", "the-secret-of-the-shop");
  // What is PROCESSING stays so for as long as anybody asks.
  TestedStack stack(
      {.delay = std::chrono::hours{1}, .toml = fmt::format(k_settings, secret.string())});
  stack.need_token("the-token-of-a-reader");
  stack.start();
  const Outcome replay =
      run({.arguments = {"/usr/bin/env", "python3", fmt::format("{}/replay", k_directory),
                         std::to_string(stack.port()), (stack.directory() / "read-token").string(),
                         secret.string()},
           .environment = environment()},
          "", std::chrono::seconds{100});
  BOOST_TEST((replay.status == 0), replay.output << replay.errors);
}

}  // namespace payhook::test
