// What docs/openapi.yaml and the Postman collection say of payhook.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

constexpr auto k_token = "the-token-of-a-reader";
constexpr auto k_operator_token = "the-token-of-an-operator";
constexpr auto k_secret = "the-secret-of-the-shop";

/// The sources of the examples; {0} is the file of a secret, {1} that of an operator's token.
constexpr auto k_settings = R"(
responder.conflicting_duplicate = "reject"
operating.tokens = ["{1}"]
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
name = "slow"
signature = "none"
delay_seconds = 0
handler = {{ type = "exec", command = ["/bin/sleep", "60"], at_once = 1 }}
[[source]]
name = "failing"
signature = "none"
delay_seconds = 0
handler = {{ type = "exec", command = ["/bin/false"], max_attempts = 1 }}
)";

/// With the sources of the examples, and a token that reading needs.
struct DocumentedStack {
  const TemporaryDirectory directory;
  const std::filesystem::path secret_file = directory.path() / "secret";
  const std::filesystem::path token_file = directory.path() / "operator-token";
  // What is PROCESSING stays so for as long as anybody asks.
  TestedStack stack{{.delay = std::chrono::hours{1},
                     .toml = fmt::format(k_settings, secret_file.string(), token_file.string())}};

  DocumentedStack() {
    for (const auto& [file, text] :
         {std::pair(secret_file, k_secret), std::pair(token_file, k_operator_token)}) {
      std::ofstream(file) << text;
      std::filesystem::permissions(file, std::filesystem::perms(0600));
    }
    stack.need_token(k_token);
    stack.start();
  }

  /// Fails the test unless the command does well.
  void runs(std::vector<std::string> command) {
    const Outcome outcome = run({.arguments = std::move(command), .environment = environment()}, "",
                                std::chrono::seconds{100});
    BOOST_TEST((outcome.status == 0), outcome.output << outcome.errors);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(each_example_of_the_openapi_document_is_what_payhook_answers,
                        DocumentedStack) {
  runs({PAYHOOK_SOURCE_DIR "/tests/api_documents/replay", std::to_string(stack.port()), k_token,
        k_operator_token, k_secret});
}

BOOST_FIXTURE_TEST_CASE(the_postman_collection_runs, DocumentedStack) {
  runs({PAYHOOK_SOURCE_DIR "/tests/api_documents/node_modules/.bin/newman", "run",
        PAYHOOK_SOURCE_DIR "/docs/payhook.postman_collection.json", "--env-var",
        fmt::format("baseUrl=http://127.0.0.1:{}", stack.port()), "--env-var",
        fmt::format("token={}", k_token), "--env-var",
        fmt::format("operatorToken={}", k_operator_token), "--env-var",
        fmt::format("secret={}", k_secret), "--color", "off"});
}

}  // namespace payhook::test
