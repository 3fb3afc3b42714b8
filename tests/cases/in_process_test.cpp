// Runs every file of tests/cases through the API, the committer and a store in memory: no network,
// no disk, no clock but the test's own.

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "api/api.h"
#include "service/config/config.h"
#include "tests/support/case_file.h"
#include "tests/support/cgi_text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_store.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

constexpr auto k_cases = PAYHOOK_SOURCE_DIR "/tests/cases";

Config loaded_config_of(const CaseFile& file) {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory.path() / "payhook.toml";
  std::ofstream(path) << config_of(file, directory.path());
  return load_config({&path, 1});
}

/// A header's CGI meta-variable (RFC 3875, section 4.1).
std::string meta_variable_of(std::string name) {
  for (char& c : name) {
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name == "CONTENT_TYPE" || name == "CONTENT_LENGTH" ? name : "HTTP_" + name;
}

std::vector<std::pair<std::string, std::string>> variables_of(const CaseExchange& exchange) {
  std::vector<std::pair<std::string, std::string>> variables{{"REQUEST_METHOD", exchange.method},
                                                             {"REQUEST_URI", exchange.target},
                                                             {"REMOTE_ADDR", "192.0.2.1"},
                                                             {"REQUEST_ID", "in-process-request"}};
  if (exchange.needs_content_length()) {
    variables.emplace_back("CONTENT_LENGTH", std::to_string(exchange.body.size()));
  }
  for (const Header& header : exchange.headers) {
    variables.emplace_back(meta_variable_of(header.name), header.value);
  }
  return variables;
}

void run_case(const std::filesystem::path& path) {
  const CaseFile file = read_case_file(path);
  if (!file.runs_in(CaseFile::Runner::IN_PROCESS)) {
    BOOST_TEST_MESSAGE(file.name << ": only through nginx");
    return;
  }
  const Config config = loaded_config_of(file);
  const FakeClock clock;
  FakeStore store;
  const auto reader = store.open_status_reader();
  const auto statistics = store.open_statistics();
  ResponderMetrics metrics;
  Committer committer(store.open_intake(), store.open_upkeep(FakeStore::Keeper::STANDING_IN), {},
                      metrics, [](const StoreBroken& e) { BOOST_ERROR(e.what()); });
  OperatorDesk desk(store);
  Api api(config, clock, {*reader, *statistics, committer, desk, metrics});
  for (const CaseExchange& expected : file.exchanges) {
    // The adapters to the web server take no more than this of a body.
    const bool fits = expected.body.size() <= config.max_body_bytes();
    FakeExchange exchange(variables_of(expected), fits ? expected.body : "",
                          fits ? Cut::NOTHING : Cut::BODY);
    api.handle(exchange);
    const Response response = parse_cgi_text(to_cgi_text(exchange.wait(), exchange.request()));
    const std::string different = difference(expected, response);
    BOOST_TEST(different == "", path.string() << ':' << expected.line << ": " << expected.method
                                              << ' ' << expected.target.substr(0, 60) << '\n'
                                              << different);
  }
}

/// One test case for each file, named after it.
struct RegisterCases {
  RegisterCases() {
    auto& suite = boost::unit_test::framework::master_test_suite();
    for (const auto& path : case_files_in(k_cases)) {
      suite.add(boost::unit_test::make_test_case([path] { run_case(path); }, path.stem().string(),
                                                 path.string(), 1));
    }
  }
};

const RegisterCases k_register_cases;

}  // namespace

}  // namespace payhook::test
