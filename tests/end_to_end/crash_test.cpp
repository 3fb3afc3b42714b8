// crash_test: kills payhook again and again while webhooks arrive, and counts what is left.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>

#include "tests/end_to_end/crashes.h"

int main(int argc, char** argv) {
  payhook::test::CrashPlan plan;
  plan.seed = std::random_device{}();
  CLI::App app(
      "Posts webhooks to payhook behind the real nginx, all on 127.0.0.1 and in a temporary\n"
      "directory, and kills payhook-fcgi, payhookd or both with SIGKILL at random moments\n"
      "meanwhile. Clients repeat a webhook until it is answered 202. In the end every webhook\n"
      "must be in the database exactly once, and PROCESSED.\n"
      "\n"
      "The exit status is 0 when that holds and 1 when not.",
      "crash_test");
  app.add_option("--webhooks", plan.webhooks, "Distinct webhooks to post")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--clients", plan.clients, "Connections that post them")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--kills", plan.kills, "How often something is killed")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seed", plan.seed, "Decides who is killed when (default: random, printed)");
  CLI11_PARSE(app, argc, argv);
  try {
    const payhook::test::CrashReport report = payhook::test::crash_repeatedly(plan);
    fmt::print("{}", report.text());
    if (report.is_good()) {
      return EXIT_SUCCESS;
    }
    fmt::print(stderr, "{}", report.logs);
  } catch (const std::exception& e) {
    fmt::print(stderr, "crash_test: {}\n", e.what());
  }
  return EXIT_FAILURE;
}
