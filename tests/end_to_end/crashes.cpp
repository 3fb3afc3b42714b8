#include "tests/end_to_end/crashes.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

#include "tests/end_to_end/stack.h"
#include "tests/end_to_end/webhook_load.h"

namespace payhook::test {

namespace {

/// Spreads the kills over the work: each at some share of the webhooks, and then a moment later, so
/// that it falls into whatever is going on.
class Killer {
 public:
  Killer(Stack& stack, const CrashPlan& plan) : m_stack(stack), m_random(plan.seed) {
    // Nobody is killed after the last tenth has begun: there must be work left to disturb.
    std::uniform_int_distribution<std::size_t> any(0, plan.webhooks * 9 / 10);
    std::generate_n(std::back_inserter(m_moments), plan.kills, [&] { return any(m_random); });
    std::sort(m_moments.begin(), m_moments.end());
  }

  int kill_while(const WebhookLoad& load, std::chrono::milliseconds patience) {
    int kills = 0;
    for (const std::size_t moment : m_moments) {
      if (!eventually([&] { return load.acknowledged() >= moment; }, patience)) {
        break;
      }
      std::this_thread::sleep_for(
          std::chrono::microseconds{std::uniform_int_distribution<int>(0, 20'000)(m_random)});
      kill_some();
      ++kills;
    }
    return kills;
  }

 private:
  void kill_some() {
    const int who = std::uniform_int_distribution<int>(0, 2)(m_random);
    // Both are dead before either comes back.
    if (who != 0) {
      m_stack.responder().kill();
    }
    if (who != 1) {
      m_stack.daemon().kill();
    }
    if (who != 0) {
      m_stack.start_responder();
    }
    if (who != 1) {
      m_stack.start_daemon();
    }
  }

  Stack& m_stack;
  std::mt19937 m_random;
  std::vector<std::size_t> m_moments;
};

}  // namespace

bool CrashReport::is_good() const {
  const auto all = static_cast<std::int64_t>(plan.webhooks);
  return acknowledged == plan.webhooks && missing == 0 && duplicated == 0 && rows == all &&
         processed == all && kills == plan.kills && integrity == "ok";
}

std::string CrashReport::text() const {
  std::string text = fmt::format(
      "seed         {}\nwebhooks     {}\nkills        {}\nacknowledged {}\nmissing      {}\n"
      "duplicated   {}\nrows         {}\nprocessed    {}\nintegrity    {}\nduration     {} ms\n",
      plan.seed, plan.webhooks, kills, acknowledged, missing, duplicated, rows, processed,
      integrity, duration.count());
  for (const auto& [status, count] : answers) {
    text +=
        fmt::format("answered {}: {}\n", status == 0 ? "nothing" : std::to_string(status), count);
  }
  return text;
}

CrashReport crash_repeatedly(const CrashPlan& plan) {
  constexpr std::chrono::seconds k_patience{120};
  Stack stack({.delay = std::chrono::seconds{0}});  // so that the daemon writes, too
  stack.start();
  CrashReport report{plan};
  const auto begin = std::chrono::steady_clock::now();
  {
    WebhookLoad load(stack.port(), plan.clients, plan.webhooks, "crash");
    report.kills = Killer(stack, plan).kill_while(load, k_patience);
    load.wait(k_patience);
    report.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    report.acknowledged = load.acknowledged();
    report.answers = load.answers();
    const Database database(stack.database());
    report.missing = missing_from(database, load.acknowledged_ids()).size();
  }
  const Database database(stack.database());
  const auto processed = [&database] {
    return database.number("SELECT count(*) FROM transactions WHERE status = 'PROCESSED'");
  };
  report.rows = database.number("SELECT count(*) FROM transactions");
  eventually([&] { return processed() == report.rows; }, k_patience);
  report.processed = processed();
  report.duplicated = duplicated_ids(database);
  report.integrity = database.text("PRAGMA integrity_check");
  report.logs = stack.logs();
  return report;
}

}  // namespace payhook::test
