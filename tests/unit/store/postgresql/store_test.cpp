#include "store/postgresql/store.h"

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "store/errors.h"
#include "store/postgresql/connection.h"
#include "tests/unit/store/postgresql/server.h"
#include "tests/unit/store/webhooks.h"

namespace payhook::test {

using enum IntakeResult;
using Results = std::vector<IntakeResult>;

namespace {

/// What only PostgreSQL's store has to show: others are beside it.
struct Stored {
  PostgresqlServer& server = PostgresqlServer::instance();
  postgresql::Connection sql{emptied(server)};
  PostgresqlStore one{server.conninfo(), "one"};
  PostgresqlStore other{server.conninfo(), "other"};

  Stored() { sql.open(patience()); }

  static std::string emptied(PostgresqlServer& server) {
    server.empty_tables();
    return server.conninfo();
  }

  postgresql::Result run(const char* statement) {
    sql.add(statement);
    return std::move(sql.run(patience()).back());
  }

  std::int64_t number(const char* statement) { return run(statement).number(0, 0); }

  void wait_until_somebody_waits() {
    while (number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
      std::this_thread::yield();
    }
  }

  void end_other_connections() {
    run("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
  }
};

std::vector<Webhook> numbered(int count) {
  std::vector<Webhook> webhooks;
  for (int i = 0; i < count; ++i) {
    webhooks.push_back({.id = std::to_string(i)});
  }
  return webhooks;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_postgresql_store, Stored)

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_keeps_no_other_from_it) {
  const auto intake = one.open_intake();
  auto webhooks = numbered(9);
  webhooks[4].id = "\xff";
  Results expected(9, CREATED);
  expected[4] = REFUSED;
  BOOST_TEST((store_all(*intake, webhooks) == expected));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_kept_as_they_came) {
  IncomingWebhook webhook = Webhook{.body = std::string("\0\xff", 2)}.incoming();
  webhook.headers = "x: \xff";
  one.open_intake()->store({&webhook, 1}, patience());
  const IncomingWebhook unread = unreadable("{", "default", std::string("\0 at \xff", 6));
  one.open_intake()->store({&unread, 1}, patience());
  const auto claimed = claim(*one.open_processing_queue(), moment(0), moment(1), 1);
  BOOST_TEST(claimed.at(0).body == webhook.body);
  BOOST_TEST(claimed.at(0).headers == webhook.headers);
  const auto kept = one.open_kept_webhooks();
  BOOST_TEST(kept->list(KeptIn::QUARANTINE, {}, {}, 1).heads.at(0).why ==
             "\xef\xbf\xbd at \xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(several_that_store_the_same_at_once_store_each_once) {
  std::atomic<std::ptrdiff_t> created{0};
  std::atomic<std::ptrdiff_t> duplicates{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto intake = one.open_intake();
      auto webhooks = numbered(500);
      if (i % 2 == 1) {
        std::reverse(webhooks.begin(), webhooks.end());
      }
      const auto results = store_all(*intake, webhooks);
      created += std::count(results.begin(), results.end(), CREATED);
      duplicates += std::count(results.begin(), results.end(), DUPLICATE);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  BOOST_TEST(created == 500);
  BOOST_TEST(duplicates == 3 * 500);
  BOOST_TEST(number("SELECT count(*) FROM payhook.transactions") == 500);
}

BOOST_AUTO_TEST_CASE(what_is_stored_is_counted_with_it) {
  const auto intake = one.open_intake();
  store_all(*intake, {{.id = "a"}, {.id = "b"}, {.id = "a", .received_at = moment(60'000)}});
  store_all(*intake, {{.id = "a"}});
  process_due(*one.open_processing_queue(), moment(2'000));
  BOOST_TEST(number("SELECT sum(count)::bigint FROM payhook.outcomes "
                    "WHERE outcome = 'accepted'") == 2);
  BOOST_TEST(number("SELECT sum(count)::bigint FROM payhook.outcomes "
                    "WHERE outcome = 'duplicate'") == 2);
  BOOST_TEST(number("SELECT sum(count)::bigint FROM payhook.outcomes "
                    "WHERE outcome = 'processed'") == 2);
  BOOST_TEST(number("SELECT count(DISTINCT minute) FROM payhook.outcomes_by_minute") == 2);
  BOOST_TEST(number("SELECT count FROM payhook.processing_lag WHERE bucket = 3") == 2);
}

BOOST_AUTO_TEST_CASE(the_size_of_what_is_kept_follows_it) {
  const auto intake = one.open_intake();
  for (const char* const body : {"12345", "6"}) {
    const IncomingWebhook webhook = unreadable(body);
    for (int times = 0; times < 2; ++times) {
      intake->store({&webhook, 1}, patience());
    }
  }
  const auto headers = static_cast<std::int64_t>(unreadable("").headers.size());
  const auto* const bytes = "SELECT sum(bytes)::bigint FROM payhook.kept_sizes";
  BOOST_TEST(number(bytes) == 6 + 2 * headers);
  run("DELETE FROM payhook.quarantine WHERE length(body) = 5");
  BOOST_TEST(number(bytes) == 1 + headers);
}

BOOST_AUTO_TEST_CASE(a_full_quarantine_takes_no_more) {
  run("INSERT INTO payhook.kept_sizes VALUES ('quarantine', 99, 99999, 0)");
  const auto intake = one.open_intake();
  const std::vector<IncomingWebhook> webhooks{unreadable("a"), unreadable("b"), unreadable("a")};
  BOOST_TEST((intake->store(webhooks, patience()) == Results{QUARANTINED, NO_ROOM, QUARANTINED}));
  BOOST_TEST(number("SELECT count(*) FROM payhook.quarantine") == 1);
}

BOOST_AUTO_TEST_CASE(a_full_table_of_events_forgets_its_oldest) {
  const auto intake = one.open_intake();
  const auto keep = [&intake](const char* body, bool is_authentic) {
    const IncomingWebhook webhook{"default", NoPayment{"a test"}, body, "", moment(0),
                                  "",        is_authentic};
    return intake->store({&webhook, 1}, patience()).front();
  };
  keep("oldest", true);
  run("INSERT INTO payhook.kept_sizes VALUES ('events', 99, 999999, 0)");
  BOOST_TEST((keep("by anybody", false) == NO_ROOM));
  BOOST_TEST((keep("newest", true) == EVENT_KEPT));
  BOOST_TEST(run("SELECT body FROM payhook.events").text(0, 0) == "newest");
}

BOOST_AUTO_TEST_CASE(what_is_pruned_while_it_comes_again_is_known) {
  const auto intake = one.open_intake();
  store_all(*intake, {{.id = "a"}, {.id = "b"}});
  run("BEGIN");
  run("DELETE FROM payhook.transactions");
  run("INSERT INTO payhook.pruned_ids SELECT 'default', id, "
      "payhook.hash_of_values('acc_1', 'acc_2', 500, 'INR'), now() FROM unnest('{a,b}'::text[]) "
      "AS id");
  Results results;
  std::thread storing([&] {
    results = store_all(*intake, {{.id = "a"}, {.id = "b", .amount = "7", .keeps_order = true}});
  });
  wait_until_somebody_waits();
  run("COMMIT");
  storing.join();
  BOOST_TEST((results == Results{DUPLICATE, CONFLICT}));
  BOOST_TEST(number("SELECT count(*) FROM payhook.transactions") == 0);
  BOOST_TEST(number("SELECT count(*) FROM payhook.account_order") == 0);
}

BOOST_AUTO_TEST_CASE(who_follows_what_comes_misses_nothing_that_is_committed_later) {
  const auto browser = one.open_browser();
  run("BEGIN");
  run("INSERT INTO payhook.transactions (source, transaction_id, source_account, "
      "destination_account, amount, amount_minor, currency, status, created_at, due_at, body, "
      "headers, remote_address) "
      "VALUES ('default', 'b', '', '', 1, 1, 'INR', 'PROCESSING', now(), now(), '', '', '')");
  std::thread storing([&] { store_all(*other.open_intake(), {{.id = "a"}, {.id = "b"}}); });
  wait_until_somebody_waits();
  store_all(*one.open_intake(), {{.id = "c"}});
  const BrowsePage none = browser->list_newer({}, -1, 9);
  BOOST_TEST(none.transactions.empty());
  run("ROLLBACK");
  storing.join();
  std::string ids;
  for (const auto& each : browser->list_newer({}, *none.next, 9).transactions) {
    ids += each.stored.transaction.transaction_id();
  }
  BOOST_TEST(ids == "abc");
}

BOOST_AUTO_TEST_CASE(a_row_that_payhook_cannot_have_written_is_told_and_not_pruned) {
  store_all(*one.open_intake(), {{.id = "a"}, {.id = "b"}});
  process_due(*one.open_processing_queue(), moment(0));
  run("UPDATE payhook.transactions SET source_account = '' WHERE transaction_id = 'a'");
  BOOST_CHECK_THROW(one.open_status_reader()->find("default", "a"), StoreUnavailable);
  BOOST_CHECK_THROW(one.open_browser()->list({}, std::nullopt, 9), StoreUnavailable);
  const auto finished = one.open_retention()->finished({"PROCESSED", moment(1)}, std::nullopt);
  BOOST_REQUIRE(finished.transactions.size() == 1U);
  BOOST_TEST(finished.transactions[0].row.stored.transaction.transaction_id() == "b");
}

BOOST_AUTO_TEST_CASE(a_server_that_may_lose_commits_in_a_power_cut_is_doubted) {
  const EngineReport report = one.open_statistics()->engine();
  BOOST_TEST(report.text.starts_with("PostgreSQL "));
  BOOST_REQUIRE(report.doubts.size() == 1U);  // the tests' server has no time for syncs
  BOOST_TEST(report.doubts[0].starts_with("fsync is off"));
}

BOOST_AUTO_TEST_CASE(sizes_are_noted_each_hour_and_told) {
  const auto statistics = one.open_statistics();
  const Timestamp noon = parse_timestamp("2025-11-08T12:00:00.000Z");
  BOOST_TEST(!statistics->tidy(noon + std::chrono::minutes{7}, patience()));
  const std::int64_t noted = number("SELECT bytes FROM payhook.database_sizes");
  store_all(*one.open_intake(), numbered(1000));
  statistics->tidy(noon + std::chrono::minutes{8}, patience());
  const StoreState state = statistics->state(noon + std::chrono::hours{1});
  BOOST_TEST((state.earlier.value().at == noon));
  BOOST_TEST(state.earlier->bytes == noted);
  BOOST_TEST(state.bytes > noted);
  BOOST_TEST(state.log_bytes > 0);
  BOOST_TEST(!statistics->state(noon + std::chrono::days{2}).earlier.has_value());
}

BOOST_AUTO_TEST_CASE(hosts_that_tidy_at_once_count_each_minute_once) {
  const auto intake = one.open_intake();
  for (int minute = 0; minute < 300; ++minute) {
    store_all(*intake, {{.received_at = moment(60'000 * minute)}});
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      const auto statistics = one.open_statistics();
      while (statistics->tidy(moment(0) + std::chrono::days{9}, patience())) {
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  BOOST_TEST(number("SELECT sum(count)::bigint FROM payhook.outcomes_by_hour") == 300);
  BOOST_TEST(number("SELECT count(*) FROM payhook.outcomes_by_minute") == 0);
}

BOOST_AUTO_TEST_CASE(a_session_whose_connection_is_lost_goes_on_with_another) {
  const auto intake = one.open_intake();
  store_all(*intake, {{.id = "a"}});
  end_other_connections();
  BOOST_TEST((store_all(*intake, {{.id = "a"}, {.id = "b"}}) == Results{DUPLICATE, CREATED}));
}

BOOST_AUTO_TEST_CASE(that_it_stores_is_proved_by_a_write) {
  const auto intake = one.open_intake();
  intake->prove_that_it_stores(patience());
  run("ALTER SYSTEM SET default_transaction_read_only = on");
  run("SELECT pg_reload_conf()");
  while (run("SHOW default_transaction_read_only").text(0, 0) != "on") {
    std::this_thread::yield();
  }
  for (;;) {  // each backend hears of it in its own time
    try {
      intake->prove_that_it_stores(patience());
    } catch (const StoreUnavailable&) {
      break;
    }
  }
  run("ALTER SYSTEM RESET default_transaction_read_only");
  run("SELECT pg_reload_conf()");
}

BOOST_AUTO_TEST_CASE(a_store_that_is_kept_busy_is_left_in_time) {
  const auto intake = one.open_intake();
  run("BEGIN");
  run("LOCK TABLE payhook.transactions");
  const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{300};
  BOOST_CHECK_THROW(store_all(*intake, {{}}, soon), StoreTimeout);
  run("ROLLBACK");
  BOOST_TEST((store_all(*intake, {{}}) == Results{CREATED}));
}

BOOST_AUTO_TEST_CASE(processors_of_two_names_claim_at_once_and_leave_each_others_claims) {
  store_all(*one.open_intake(), numbered(4));
  auto first = one.open_processing_queue();
  const auto second = other.open_processing_queue();
  BOOST_TEST(first->take_over(moment(0), patience()).value().empty());
  BOOST_TEST(second->take_over(moment(0), patience()).value().empty());
  BOOST_TEST(claim(*first, moment(0), moment(500), 2).size() == 2U);
  BOOST_TEST(claim(*second, moment(0), moment(900), 9).size() == 2U);
  first.reset();
  BOOST_TEST(second->take_over(moment(1), patience()).value().size() == 2U, "its own");
  BOOST_TEST(one.open_processing_queue()->take_over(moment(1), patience()).value().size() == 2U);
  BOOST_TEST(claim(*second, moment(500), moment(999), 9).size() == 2U,
             "once their leases are over");
}

BOOST_AUTO_TEST_CASE(one_that_has_lost_its_lock_to_another_claims_nothing) {
  store_all(*one.open_intake(), numbered(2));
  const auto first = one.open_processing_queue();
  BOOST_TEST(first->take_over(moment(0), patience()).value().empty());
  const auto claimed = claim(*first, moment(0), moment(500), 1);
  end_other_connections();
  const auto second = one.open_processing_queue();
  BOOST_TEST(second->take_over(moment(1), patience()).value().size() == 1U);
  BOOST_TEST(claim(*first, moment(1), moment(500), 9).empty());
  finish(*first, claimed.at(0).claim, Completed{}, moment(2));
  BOOST_TEST(number("SELECT count(*) FROM payhook.transactions WHERE status = 'PROCESSED'") == 1);
}

BOOST_AUTO_TEST_CASE(rows_that_another_one_has_locked_are_passed_over) {
  store_all(*one.open_intake(), numbered(3));
  run("BEGIN");
  run("SELECT FROM payhook.transactions WHERE transaction_id = '1' FOR UPDATE");
  const auto queue = one.open_processing_queue();
  BOOST_TEST(claim(*queue, moment(0), moment(500), 9).size() == 2U);
  run("ROLLBACK");
  BOOST_TEST(process_due(*queue, moment(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_begins_while_it_is_paused) {
  store_all(*one.open_intake(), numbered(2));
  run("INSERT INTO payhook.pause VALUES (1)");
  const auto queue = one.open_processing_queue();
  BOOST_TEST(queue->state().is_paused);
  BOOST_TEST(process_due(*queue, moment(0)) == 0U);
  BOOST_TEST(claim(*queue, moment(0), moment(500), 9).empty());
  BOOST_TEST(claim(*queue, moment(0), moment(500), 9, "default", ClaimOrder::BY_ACCOUNT).empty());
}

/// Each ends what it has claimed before it claims again, so that the next of its account may begin.
BOOST_AUTO_TEST_CASE(two_processors_keep_an_accounts_order_together) {
  std::vector<Webhook> webhooks;
  for (int i = 0; i < 60; ++i) {
    webhooks.push_back({.id = std::to_string(i),
                        .source_account = "acc_" + std::to_string(i % 3),
                        .keeps_order = true});
  }
  store_all(*one.open_intake(), webhooks);
  std::atomic<int> left{60};
  const auto work = [&left](PostgresqlStore& store) {
    const auto queue = store.open_processing_queue();
    while (left > 0) {
      for (const auto& each :
           claim(*queue, moment(0), moment(500), 2, "default", ClaimOrder::BY_ACCOUNT)) {
        finish(*queue, each.claim, Completed{}, moment(0));
        --left;
      }
    }
  };
  std::thread thread([&] { work(one); });
  work(other);
  thread.join();
  BOOST_TEST(number("SELECT count(*) FROM payhook.transactions WHERE status = 'PROCESSED' "
                    "AND attempts = 1") == 60);
  BOOST_TEST(number("SELECT count(*) FROM payhook.account_order WHERE NOT is_over") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
