// What the senders' own libraries sign, in the versions that tests/senders/package-lock.json names.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/end_to_end/tested_stack.h"

namespace payhook::test {

namespace {

/// By the names of the sources, which are those of their presets too.
const std::map<std::string, std::string> k_secrets{
    {"standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    {"stripe", "whsec_5f1e8c0a9d7b46c2a3e4f50617283940"},
    {"svix", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_the_senders_own_libraries_sign_is_kept) {
  const TemporaryDirectory directory;
  std::string sources;
  for (const auto& [name, secret] : k_secrets) {
    const std::filesystem::path file = directory.path() / name;
    std::ofstream(file) << secret << '\n';
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    sources += fmt::format("[[source]]\nname = \"{0}\"\npreset = \"{0}\"\nsecrets = [\"{1}\"]\n",
                           name, file.string());
  }
  TestedStack stack({.toml = sources});
  stack.start();
  const Outcome sending = run(
      {.arguments = {"/usr/bin/env", "node", PAYHOOK_SOURCE_DIR "/tests/senders/senders.mjs",
                     fmt::format("http://127.0.0.1:{}", stack.port()), directory.path().string()},
       .environment = environment()});
  BOOST_TEST((sending.status == 0), sending.output << sending.errors);
}

}  // namespace payhook::test
