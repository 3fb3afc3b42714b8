// What the case files cannot show: a store that fails, a clock that moves, times to the second.

#include "api/api.h"

#include <boost/algorithm/string/join.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "api/responses.h"
#include "core/sha256.h"
#include "tests/support/captured_output.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_store.h"
#include "tests/support/fastcgi_peer.h"

namespace payhook::test {

namespace {

using Fault = FakeStore::Fault;

struct Service {
  explicit Service(Committer::Limits limits = {})
      : committer(store.open_intake(), store.open_upkeep(FakeStore::Keeper::STANDING_IN), limits,
                  metrics, [](const StoreBroken&) {}) {}

  HttpResponse answer(const FastCgiRequest& asked) {
    FakeExchange exchange(asked.parameters, asked.body);
    api.handle(exchange);
    return exchange.wait();
  }

  HttpResponse get(const std::string& target) { return answer(get_request(target)); }

  Config config;
  FakeClock clock;
  FakeStore store;
  ResponderMetrics metrics;
  Committer committer;
  OperatorDesk desk{store};
  std::unique_ptr<StatusReader> reader = store.open_status_reader();
  std::unique_ptr<Statistics> statistics = store.open_statistics();
  Api api{config, clock, {*reader, *statistics, committer, desk, metrics}};
};

/// An API whose webhooks go nowhere, but are shown.
struct ServiceThatShows : Service {
  class Intake final : public WebhookIntake {
   public:
    explicit Intake(std::vector<IncomingWebhook>& seen) : m_seen(seen) {}
    std::vector<IntakeResult> store(std::span<const IncomingWebhook> webhooks, Deadline) override {
      m_seen.assign(webhooks.begin(), webhooks.end());
      return std::vector<IntakeResult>(webhooks.size());
    }
    void prove_that_it_stores(Deadline) override {}

   private:
    std::vector<IncomingWebhook>& m_seen;
  };

  IncomingWebhook store(const std::string& body, const std::string& address) {
    FastCgiRequest request = post_request(body);
    request.parameters.emplace_back("REMOTE_ADDR", address);
    FakeExchange exchange(request.parameters, body);
    shown_api.handle(exchange);
    BOOST_TEST(exchange.wait().status == 202);
    BOOST_REQUIRE(seen.size() == 1U);
    return seen.front();
  }

  std::vector<IncomingWebhook> seen;
  Committer shown_committer{std::make_unique<Intake>(seen),
                            Service::store.open_upkeep(FakeStore::Keeper::STANDING_IN),
                            {},
                            metrics,
                            [](const StoreBroken&) {}};
  Api shown_api{config, clock, {*reader, *statistics, shown_committer, desk, metrics}};
};

std::string row(const std::string& status, const std::string& created_at,
                const std::string& processed_at) {
  return R"({"transaction_id": "t", "source_account": "acc_user_001", )"
         R"("destination_account": "acc_merchant_001", "amount": 500.0, "currency": "INR", )"
         R"("status": ")" +
         status + R"(", "created_at": )" + created_at + R"(, "processed_at": )" + processed_at +
         "}";
}

bool is_temporarily_unavailable(const HttpResponse& response) {
  return response.status == 503 && response.body == R"({"message": "Temporarily unavailable"})" &&
         response.headers.size() == 1 && response.headers[0].first == "Retry-After";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(api)

BOOST_AUTO_TEST_CASE(times_are_shown_in_whole_seconds_cut_off_not_rounded) {
  Service s;
  s.clock.set(parse_timestamp("2025-11-08T14:30:00.999Z"));
  BOOST_TEST(s.get("/").body == R"({"status": "HEALTHY", "current_time": "2025-11-08T14:30:00Z"})");
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  BOOST_TEST(s.get("/v1/transactions/t").body ==
             row("PROCESSING", R"("2025-11-08T14:30:00Z")", "null"));
  s.clock.advance(s.config.processor.delay);
  const std::string source = "default";
  s.store.open_processing_queue()->process_due({&source, 1}, s.clock.now(), 1, {});
  BOOST_TEST(s.get("/v1/transactions/t").body ==
             row("PROCESSED", R"("2025-11-08T14:30:00Z")", R"("2025-11-08T14:30:30Z")"));
}

BOOST_AUTO_TEST_CASE(where_there_are_handlers_attempts_are_told) {
  Service s;
  const auto handler = std::make_shared<HandlerConfig>();
  handler->what = ExecHandler{{"/bin/true"}};
  s.config.handlers.set_default(handler);
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  BOOST_TEST(s.get("/v1/transactions/t")
                 .body.ends_with(R"("processed_at": null, "attempts": 0, "last_error": null})"));
  const auto queue = s.store.open_processing_queue();
  const Timestamp now = s.clock.now() + s.config.processor.delay;
  const ClaimRequest wanted{"default", 1, now};
  const auto claimed = queue->finish_and_claim({.wanted = {&wanted, 1}}, now, {});
  const Outcome ended{claimed.at(0).claim, TryAgain{now, "exit status 1"}};
  queue->finish_and_claim({.ended = {&ended, 1}}, now, {});
  BOOST_TEST(s.get("/v1/transactions/t")
                 .body.ends_with(
                     R"("processed_at": null, "attempts": 1, "last_error": "exit status 1"})"));
}

BOOST_AUTO_TEST_CASE(a_duplicate_leaves_the_time_of_creation_as_it_was) {
  Service s;
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  s.clock.advance(std::chrono::milliseconds{60'000});
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  BOOST_TEST(s.get("/v1/transactions/t").body ==
             row("PROCESSING", R"("2025-11-08T14:30:00Z")", "null"));
}

BOOST_AUTO_TEST_CASE(the_use_of_an_old_secret_is_told_with_how_often_and_its_file) {
  Service s;
  Source source;
  std::vector<Secret> secrets;
  for (const char* const token : {"new", "old"}) {
    secrets.push_back({SignatureKey(Algorithm::TOKEN, KeyEncoding::TEXT, token)});
    source.secrets.push_back(std::string("/secrets/") + token);
  }
  source.verifier = std::make_shared<const Verifier>(Scheme{.algorithm = Algorithm::TOKEN,
                                                            .signature_header = {"X-Token"},
                                                            .signature_encoding = Encoding::TEXT},
                                                     std::move(secrets));
  s.config.sources = {std::make_shared<const Source>(std::move(source))};
  s.api.reconfigure(s.config);
  const auto told_of = [&s](const std::string& token) {
    FastCgiRequest request = webhook_request("t");
    request.parameters.emplace_back("HTTP_X_TOKEN", token);
    CapturedOutput log(2);
    BOOST_TEST(s.answer(request).status == 202);
    return log.stop();
  };
  const std::string last = " since the last message; the last with /secrets/old";
  BOOST_TEST(told_of("new") == "");
  BOOST_TEST(told_of("old").find("source default: 1 webhook was signed with an old secret" +
                                 last) != std::string::npos);
  BOOST_TEST(told_of("old") == "");
  BOOST_TEST(told_of("new") == "");
  s.clock.advance(std::chrono::minutes{10});
  BOOST_TEST(told_of("old").find("source default: 2 webhooks were signed with an old secret" +
                                 last) != std::string::npos);
}

/// A scrape without its comments, and without what depends on how long something took.
std::string samples_of(const HttpResponse& response) {
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.content_type == "text/plain; version=0.0.4; charset=utf-8");
  std::istringstream text(response.body);
  std::string samples;
  for (std::string line; std::getline(text, line);) {
    const bool varies = line.find("duration_seconds_bucket") != line.npos ||
                        line.find("duration_seconds_sum") != line.npos ||
                        line.find("payhook_build_info") != line.npos;
    if (!varies && !line.starts_with('#')) {
      samples += line + '\n';
    }
  }
  return samples;
}

BOOST_AUTO_TEST_CASE(a_scrape_has_what_was_counted_in_memory_and_in_the_store) {
  Service s;
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  BOOST_TEST(s.answer(webhook_request("u")).status == 202);
  s.clock.advance(std::chrono::seconds{31});
  const std::string source = "default";
  s.store.open_processing_queue()->process_due(
      {&source, 1}, s.clock.now(), 1, std::chrono::steady_clock::now() + std::chrono::minutes{1});
  BOOST_TEST(samples_of(s.get("/metrics")) == R"(payhook_source_deadline_seconds{source="default"} 5
payhook_webhook_duration_seconds_count{source="default"} 3
payhook_refused_total{source="default",status="400"} 0
payhook_refused_total{source="default",status="401"} 0
payhook_refused_total{source="default",status="409"} 0
payhook_refused_total{source="default",status="413"} 0
payhook_refused_total{source="default",status="415"} 0
payhook_signature_failures_total{source="default"} 0
payhook_old_secret_uses_total{source="default"} 0
payhook_commit_webhooks_count 3
payhook_commit_webhooks_sum 3
payhook_commit_webhooks_bucket{le="1"} 3
payhook_commit_webhooks_bucket{le="2"} 3
payhook_commit_webhooks_bucket{le="4"} 3
payhook_commit_webhooks_bucket{le="8"} 3
payhook_commit_webhooks_bucket{le="16"} 3
payhook_commit_webhooks_bucket{le="32"} 3
payhook_commit_webhooks_bucket{le="64"} 3
payhook_commit_webhooks_bucket{le="128"} 3
payhook_commit_webhooks_bucket{le="256"} 3
payhook_commit_webhooks_bucket{le="512"} 3
payhook_commit_webhooks_bucket{le="1024"} 3
payhook_commit_webhooks_bucket{le="2048"} 3
payhook_commit_webhooks_bucket{le="4096"} 3
payhook_commit_webhooks_bucket{le="+Inf"} 3
payhook_commit_duration_seconds_count 3
payhook_waiting_webhooks 0
payhook_unavailable_total 0
payhook_store_up 1
payhook_webhooks_total{source="default",outcome="accepted"} 2
payhook_webhooks_total{source="default",outcome="conflict"} 0
payhook_webhooks_total{source="default",outcome="duplicate"} 1
payhook_webhooks_total{source="default",outcome="event"} 0
payhook_webhooks_total{source="default",outcome="not_kept"} 0
payhook_webhooks_total{source="default",outcome="quarantined"} 0
payhook_attempts_total{source="default",outcome="failed"} 0
payhook_attempts_total{source="default",outcome="interrupted"} 0
payhook_attempts_total{source="default",outcome="processed"} 1
payhook_attempts_total{source="default",outcome="retried"} 0
payhook_last_webhook_timestamp_seconds{source="default"} 1762612200
payhook_processing_lag_seconds_count 1
payhook_processing_lag_seconds_sum 1
payhook_processing_lag_seconds_bucket{le="0.1"} 0
payhook_processing_lag_seconds_bucket{le="0.5"} 0
payhook_processing_lag_seconds_bucket{le="1"} 1
payhook_processing_lag_seconds_bucket{le="5"} 1
payhook_processing_lag_seconds_bucket{le="10"} 1
payhook_processing_lag_seconds_bucket{le="30"} 1
payhook_processing_lag_seconds_bucket{le="60"} 1
payhook_processing_lag_seconds_bucket{le="300"} 1
payhook_processing_lag_seconds_bucket{le="900"} 1
payhook_processing_lag_seconds_bucket{le="3600"} 1
payhook_processing_lag_seconds_bucket{le="+Inf"} 1
payhook_processing_transactions 1
payhook_due_transactions 1
payhook_failed_transactions 0
payhook_oldest_due_timestamp_seconds 1762612230
payhook_processor_up 0
payhook_processing_paused 0
payhook_quarantine_webhooks 0
payhook_quarantine_bytes 0
payhook_conflicts 0
payhook_database_bytes 0
payhook_wal_bytes 0
payhook_disk_free_bytes 1099511627776
)");
}

BOOST_AUTO_TEST_CASE(refused_webhooks_are_counted_by_their_status) {
  Service s;
  s.config.responder.conflicting_duplicate = ConflictAnswer::REJECT;
  s.api.reconfigure(s.config);
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  BOOST_TEST(s.answer(post_request("{")).status == 400);
  BOOST_TEST(s.answer(post_request("{}")).status == 400);
  BOOST_TEST(s.answer(post_request("{}", "text/plain")).status == 415);
  BOOST_TEST(s.answer(post_request(std::string(70'000, ' '))).status == 413);
  FastCgiRequest conflict = webhook_request("t");
  conflict.body.replace(conflict.body.find("500"), 3, "501");
  BOOST_TEST(s.answer(conflict).status == 409);
  const std::string samples = samples_of(s.get("/metrics"));
  for (const char* sample : {"400\"} 2", "401\"} 0", "409\"} 1", "413\"} 1", "415\"} 1"}) {
    BOOST_TEST(samples.find(std::string(R"(payhook_refused_total{source="default",status=")") +
                            sample + '\n') != std::string::npos,
               sample);
  }
}

BOOST_AUTO_TEST_CASE(a_scrape_is_answered_while_the_store_is_not_to_be_had) {
  Service s;
  s.store.fail(Fault::UNAVAILABLE);
  BOOST_TEST(s.answer(webhook_request("t")).status == 503);
  const std::string samples = samples_of(s.get("/metrics"));
  BOOST_TEST(samples.find("payhook_unavailable_total 1\n") != std::string::npos);
  BOOST_TEST(samples.ends_with("payhook_store_up 0\n"));
}

BOOST_AUTO_TEST_CASE(what_is_counted_outlives_a_change_of_the_configuration_with_its_source) {
  const auto source_of = [](const std::string& name) {
    Source source;
    source.name = name;
    source.secrets = {"/secrets/token"};
    std::vector<Secret> secrets;
    secrets.push_back({SignatureKey(Algorithm::TOKEN, KeyEncoding::TEXT, "right")});
    source.verifier = std::make_shared<const Verifier>(Scheme{.algorithm = Algorithm::TOKEN,
                                                              .signature_header = {"X-Token"},
                                                              .signature_encoding = Encoding::TEXT},
                                                       std::move(secrets));
    return std::make_shared<const Source>(std::move(source));
  };
  const auto failures_of = [](Service& service, const std::string& source) {
    const std::string samples = samples_of(service.get("/metrics"));
    const std::string name = R"(payhook_signature_failures_total{source=")" + source + R"("} )";
    const std::size_t begin = samples.find(name);
    return begin == samples.npos ? "" : samples.substr(begin + name.size(), 1);
  };
  Service s;
  s.config.sources = {source_of("default"), source_of("bank")};
  s.api.reconfigure(s.config);
  BOOST_TEST(s.answer(webhook_request("t")).status == 401);
  Config changed = s.config;
  changed.sources = {source_of("default")};
  s.api.reconfigure(changed);
  BOOST_TEST(s.answer(webhook_request("t")).status == 401);
  BOOST_TEST(failures_of(s, "default") == "2");
  BOOST_TEST(failures_of(s, "bank") == "");
  BOOST_TEST(samples_of(s.get("/metrics")).find("bank") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_ready_or_says_why_it_is_not) {
  const std::string no_processor = R"("no processor has the database open")";
  const std::string full = R"("the disk of the database is nearly full")";
  const std::string cannot_store = R"("webhooks cannot be stored")";
  const std::string cannot_read = R"("the database cannot be read")";
  struct Row {
    bool is_processed;
    std::int64_t disk_bytes;
    Fault fault;
    std::string reasons;
  };
  const Row table[] = {
      {true, k_no_disk_bytes, Fault::NONE, ""},
      {false, k_no_disk_bytes, Fault::NONE, no_processor},
      {true, k_no_disk_bytes - 1, Fault::NONE, full},
      {false, 0, Fault::NONE, full + ", " + no_processor},
      {true, k_no_disk_bytes, Fault::UNAVAILABLE, cannot_store + ", " + cannot_read},
      {true, k_no_disk_bytes, Fault::BROKEN, cannot_store + ", " + cannot_read},
  };
  for (const Row& row : table) {
    Service s({.between_proofs = {}});  // so that each question is tried
    const auto queue = row.is_processed ? s.store.open_processing_queue() : nullptr;
    s.store.leave_disk_bytes(row.disk_bytes);
    s.store.fail(row.fault);
    const HttpResponse response = s.get("/readyz");
    BOOST_TEST(response.status == (row.reasons.empty() ? 200 : 503));
    BOOST_TEST(response.body == (row.reasons.empty() ? R"({"status": "READY"})"
                                                     : R"({"status": "NOT_READY", "reasons": [)" +
                                                           row.reasons + "]}"));
  }
}

BOOST_AUTO_TEST_CASE(who_scrapes_has_a_token_where_there_are_any) {
  Service s;
  const std::string token = "a-token-of-enough-characters";
  s.config.reading.tokens = {{"token", sha256_of(token)}};
  BOOST_TEST(s.get("/metrics").status == 401);
  FastCgiRequest request = get_request("/metrics");
  request.parameters.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
  BOOST_TEST(s.answer(request).status == 200);
}

BOOST_AUTO_TEST_CASE(who_reads_has_one_of_the_tokens_where_there_are_any) {
  const std::string one = "one-token-of-enough-characters";
  const std::string two = "two-token-of-enough-characters";
  const std::pair<std::vector<std::string>, bool> table[] = {
      {{"Bearer " + one}, true},
      {{"bearer " + two}, true},
      {{"BEARER  " + one + " "}, true},
      {{}, false},
      {{""}, false},
      {{one}, false},
      {{"Bearer"}, false},
      {{"Bearer "}, false},
      {{"Bearer" + one}, false},
      {{"Bearer " + one + "x"}, false},
      {{"Bearer " + one.substr(1)}, false},
      {{"Bearer " + one + ", Bearer " + two}, false},
      {{"Bearer " + one, "Bearer " + one}, false},
      {{"Basic " + one}, false},
      {{"Bearer " + sha256_of(one)}, false},
  };
  Service s;
  const auto asked = [&s](const std::string& target, const std::vector<std::string>& values) {
    FastCgiRequest request = get_request(target);
    for (const std::string& value : values) {
      request.parameters.emplace_back("HTTP_AUTHORIZATION", value);
    }
    return s.answer(request);
  };
  BOOST_TEST(asked("/v1/transactions/t", {}).status == 404);  // nobody needs one
  s.config.reading.tokens = {{"one", sha256_of(one)}};
  s.config.operating.tokens = {{"two", sha256_of(two)}};  // who may operate may read
  for (const auto& [values, reads] : table) {
    const HttpResponse response = asked("/v1/transactions/t", values);
    BOOST_TEST_CONTEXT(boost::algorithm::join(values, " and ")) {
      if (reads) {
        BOOST_TEST(response.status == 404);
      } else {
        BOOST_TEST(response.status == 401);
        BOOST_TEST(response.body == R"({"message": "Unauthorized"})");
        BOOST_REQUIRE(response.headers.size() == 1U);
        BOOST_TEST(response.headers[0].first == "WWW-Authenticate");
        BOOST_TEST(response.headers[0].second == "Bearer");
      }
    }
  }
  BOOST_TEST(asked("/", {}).status == 200);
  BOOST_TEST(asked("/v1/nothing", {}).status == 404);
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
}

/// Asks with this token, in place of the one that nobody has.
FastCgiRequest with_token(FastCgiRequest request, const std::string& token) {
  request.parameters.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
  return request;
}

/// A service where "t" has been tried as often, and is due again.
struct TriedService : Service {
  explicit TriedService(int times) {
    config.operating.tokens = {{"ops-token", sha256_of("an-operator-s-token")}};
    api.reconfigure(config);
    store.add(transaction("t"), clock.now(), clock.now());
    for (int i = 1; i <= times; ++i) {
      const ClaimRequest wanted{"default", 1, clock.now()};
      const auto claimed = queue->finish_and_claim({.wanted = {&wanted, 1}}, clock.now(), {});
      const Outcome ended{claimed.at(0).claim, TryAgain{clock.now(), "exit status 1"},
                          "said " + std::to_string(i) + "\xff"};
      queue->finish_and_claim({.ended = {&ended, 1}}, clock.now(), {});
    }
  }

  HttpResponse act(const std::string& what, const std::string& body = R"({"reason": "a"})") {
    FastCgiRequest request = post_request(body);
    for (auto& [name, value] : request.parameters) {
      value = name == "REQUEST_URI" ? "/v1/transactions/t/" + what : value;
    }
    return answer(with_token(request, "an-operator-s-token"));
  }

  std::unique_ptr<ProcessingQueue> queue = store.open_processing_queue();
};

BOOST_AUTO_TEST_CASE(attempts_are_told_the_newest_first_and_to_operators_what_the_handler_said) {
  TriedService s(2);
  const auto attempt = [](int number, const std::string& output = "") {
    return R"({"number": )" + std::to_string(number) +
           R"(, "started_at": "2025-11-08T14:30:00Z", "ended_at": "2025-11-08T14:30:00Z", )"
           R"("outcome": "RETRY", "reason": "exit status 1")" +
           (output.empty() ? "" : R"(, "output": ")" + output + '"') + '}';
  };
  const std::string path = "/v1/transactions/t/attempts";
  BOOST_TEST(s.get(path).body ==
             R"({"attempts": [)" + attempt(2) + ", " + attempt(1) + R"(], "next": null})");
  BOOST_TEST(s.get(path + "?limit=1").body ==
             R"({"attempts": [)" + attempt(2) + R"(], "next": "2"})");
  BOOST_TEST(s.get(path + "?limit=1&cursor=2").body ==
             R"({"attempts": [)" + attempt(1) + R"(], "next": null})");
  BOOST_TEST(s.answer(with_token(get_request(path + "?cursor=2"), "an-operator-s-token")).body ==
             R"({"attempts": [)" + attempt(1, "said 1\xef\xbf\xbd") + R"(], "next": null})");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_runs_has_no_end) {
  TriedService s(0);
  const ClaimRequest wanted{"default", 1, s.clock.now()};
  s.queue->finish_and_claim({.wanted = {&wanted, 1}}, s.clock.now(), {});
  BOOST_TEST(s.get("/v1/transactions/t/attempts").body ==
             R"({"attempts": [{"number": 1, "started_at": "2025-11-08T14:30:00Z", )"
             R"("ended_at": null, "outcome": null, "reason": null}], "next": null})");
}

BOOST_AUTO_TEST_CASE(what_still_runs_is_not_requeued) {
  TriedService s(0);
  const ClaimRequest wanted{"default", 1, s.clock.now()};
  s.queue->finish_and_claim({.wanted = {&wanted, 1}}, s.clock.now(), {});
  BOOST_TEST(
      s.act("requeue").body ==
      R"({"message": "Transaction is PROCESSING: only one that has FAILED can be requeued"})");
  BOOST_TEST(s.act("cancel").status == 200);
  const HttpResponse response = s.act("requeue");
  BOOST_TEST(response.status == 409);
  BOOST_TEST(response.body == R"({"message": "Transaction is FAILED, and its handler still runs: )"
                              R"(try again when it has ended"})");
}

BOOST_AUTO_TEST_CASE(an_act_that_gets_no_turn_to_write_is_answered_503) {
  for (const Fault fault : {Fault::TIMEOUT, Fault::UNAVAILABLE, Fault::BROKEN}) {
    TriedService s(0);
    s.store.fail(fault);
    BOOST_TEST(is_temporarily_unavailable(s.act("cancel")));
    s.store.fail(Fault::NONE);
    BOOST_TEST(s.act("cancel").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_longer_body_than_any_webhooks_is_read_for_an_operator) {
  TriedService s(0);
  Source source;
  source.max_body_bytes = 1;
  s.config.sources = {std::make_shared<const Source>(std::move(source))};
  BOOST_TEST(s.config.max_body_bytes() == 4096U);
  s.config.operating.tokens.clear();
  BOOST_TEST(s.config.max_body_bytes() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reload_opens_and_closes_the_acts) {
  TriedService s(0);
  const auto tokens = std::exchange(s.config.operating.tokens, {});
  s.api.reconfigure(s.config);
  BOOST_TEST(s.act("cancel").status == 404);
  s.config.operating.tokens = tokens;
  s.api.reconfigure(s.config);
  BOOST_TEST(s.act("cancel").status == 200);
}

BOOST_AUTO_TEST_CASE(statistics_have_whole_minutes_and_all_that_was_ever_counted) {
  Service s;
  s.clock.set(parse_timestamp("2025-11-08T14:30:10.000Z"));
  BOOST_TEST(s.answer(webhook_request("t")).status == 202);
  s.clock.set(parse_timestamp("2025-11-08T15:29:59.999Z"));
  BOOST_TEST(s.answer(webhook_request("u")).status == 202);
  const auto told = [](const std::string& since, const std::string& before,
                       const std::string& count) {
    return R"({"since": "2025-11-08T)" + since + R"(:00Z", "before": "2025-11-08T)" + before +
           R"(:00Z", "counts": [)" +
           (count.empty()
                ? ""
                : R"({"source": "default", "outcome": "accepted", "count": )" + count + '}') +
           R"(], "totals": [{"source": "default", "outcome": "accepted", "count": 2, )"
           R"("last_at": "2025-11-08T15:29:59Z"}]})";
  };
  const auto at = [](const std::string& time) { return "2025-11-08T" + time + "Z"; };
  const std::pair<std::string, std::string> table[] = {
      {"", told("14:30", "15:30", "2")},
      {"?since=" + at("14:30:59.999"), told("14:30", "15:30", "2")},
      {"?since=" + at("14:31:00"), told("14:31", "15:30", "1")},
      {"?before=" + at("15:29:00"), told("14:29", "15:29", "1")},
      {"?before=" + at("15:29:00.001"), told("14:30", "15:30", "2")},
      {"?since=" + at("14:31:00") + "&before=" + at("14:32:00"), told("14:31", "14:32", "")},
      {"?before=9999-12-31T23:59:59Z", told("14:30", "15:30", "2")},
  };
  for (const auto& [query, expected] : table) {
    BOOST_TEST(s.get("/v1/stats" + query).body == expected, query);
  }
  s.clock.set(parse_timestamp("2025-11-08T15:30:00.000Z"));
  BOOST_TEST(s.get("/v1/stats").body == told("14:31", "15:31", "1"));
}

BOOST_AUTO_TEST_CASE(a_list_goes_on_where_it_ended_whatever_comes_meanwhile) {
  Service s;
  const auto add = [&s](const std::string& id) {
    s.store.add(transaction(id), s.clock.now(), s.clock.now());
  };
  const auto names = [](const HttpResponse& response, const std::string& id) {
    return response.body.find("\"transaction_id\": \"" + id + "\"") != std::string::npos;
  };
  for (const char* const id : {"a", "b", "c"}) {
    add(id);
  }
  const HttpResponse first = s.get("/v1/transactions?limit=2");
  BOOST_TEST((names(first, "c") && names(first, "b") && !names(first, "a")));
  const std::string next = "\"next\": \"";
  const std::size_t begin = first.body.find(next) + next.size();
  const std::string cursor = first.body.substr(begin, first.body.find('"', begin) - begin);
  add("d");
  const HttpResponse second = s.get("/v1/transactions?limit=2&cursor=" + cursor);
  BOOST_TEST((names(second, "a") && !names(second, "b") && !names(second, "d")));
  BOOST_TEST(second.body.ends_with("\"next\": null}"));
}

BOOST_AUTO_TEST_CASE(a_page_of_large_transactions_ends_earlier) {
  Service s;
  constexpr int k_rows = 100;
  for (int i = 0; i < k_rows; ++i) {
    const std::string quotes(255, '"');
    s.store.add(
        {std::to_string(i) + quotes.substr(3), quotes, quotes, Amount::restore("1.0", 100), "INR"},
        s.clock.now(), s.clock.now());
  }
  const HttpResponse page = s.get("/v1/transactions?limit=100");
  BOOST_TEST(page.body.size() > 64U << 10);
  BOOST_TEST(page.body.size() < 70U << 10);
  BOOST_TEST(page.body.find("\"next\": \"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_exact_body_and_its_sender_go_to_the_store) {
  ServiceThatShows s;
  const std::string body = " " + webhook_request("t").body + "\n";
  const IncomingWebhook stored = s.store(body, "2001:db8::1");
  BOOST_TEST(stored.body == body);
  BOOST_TEST(stored.remote_address == "2001:db8::1");
  BOOST_TEST((stored.received_at == s.clock.now()));
  BOOST_TEST((std::get<StatedPayment>(stored.content).transaction == transaction("t")));
}

BOOST_AUTO_TEST_CASE(a_sender_is_an_address_or_nothing) {
  const std::pair<const char*, bool> addresses[] = {
      {"192.0.2.1", true},
      {"::1", true},
      {"2001:db8::1", true},
      {"::ffff:192.0.2.1", true},
      {"unix:", true},
      {"", false},
      {"192.0.2", false},
      {"192.0.2.1:443", false},
      {"192.0.2.1, 192.0.2.2", false},
      {"192.0.2.1\n", false},
      {"localhost", false},
      {"unix:/run/socket", false},
      {"\xff\xfe", false},
      {"<script>", false},
  };
  ServiceThatShows s;
  for (const auto& [address, is_one] : addresses) {
    const std::string stored = s.store(webhook_request("t").body, address).remote_address;
    BOOST_TEST(stored == (is_one ? address : ""));
  }
}

BOOST_AUTO_TEST_CASE(what_was_cut_is_answered_without_a_path_or_method_to_go_by) {
  const std::pair<Cut, int> answers[] = {{Cut::PARAMETERS, 431}, {Cut::MEMORY, 503}};
  Service s;
  for (const auto& [cut, status] : answers) {
    FakeExchange exchange({}, "", cut);
    s.api.handle(exchange);
    BOOST_TEST(exchange.wait().status == status);
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_read_is_answered_503_and_is_asked_again_next_time) {
  Service s;
  s.store.add(transaction("t"), s.clock.now(), s.clock.now());
  for (const Fault fault : {Fault::UNAVAILABLE, Fault::BROKEN, Fault::TIMEOUT}) {
    s.store.fail_times(fault, 1);
    CapturedOutput log(2);
    const HttpResponse response = s.get("/v1/transactions/t");
    const std::string lines = log.stop();
    BOOST_TEST(is_temporarily_unavailable(response));
    BOOST_TEST(lines.find("0123456789abcdef") != std::string::npos, lines);
    BOOST_TEST(s.get("/v1/transactions/t").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(the_root_and_refusals_need_no_store) {
  Service s;
  s.store.fail(Fault::BROKEN);
  BOOST_TEST(s.get("/").status == 200);
  BOOST_TEST(s.get("/nowhere").status == 404);
  BOOST_TEST(s.get("/v1/webhooks/transactions").status == 405);
  BOOST_TEST(s.answer(post_request("{")).status == 400);
  BOOST_TEST(s.answer(post_request("{}", "text/plain")).status == 415);
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_write_is_answered_503) {
  for (const Fault fault : {Fault::UNAVAILABLE, Fault::BROKEN}) {
    Service s;
    s.store.fail(fault);
    BOOST_TEST(is_temporarily_unavailable(s.answer(webhook_request("t"))));
  }
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_answered_503_at_once) {
  Service s({0, 0, std::chrono::milliseconds{5000}});
  BOOST_TEST(is_temporarily_unavailable(s.answer(webhook_request("t"))));
  BOOST_TEST(s.store.batches().empty());
}

BOOST_AUTO_TEST_CASE(a_request_without_anything_is_not_found) {
  Service s;
  BOOST_TEST(s.answer({}).status == 404);
}

BOOST_AUTO_TEST_CASE(what_nobody_foresaw_is_answered_503_and_tells_nothing) {
  const HttpResponse response = error_response(std::runtime_error("secret"));
  BOOST_TEST(is_temporarily_unavailable(response));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
