#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/log.h"
#include "store/sqlite/write_turn.h"
#include "tests/support/captured_output.h"
#include "tests/unit/store/sqlite/child_process.h"
#include "tests/unit/store/sqlite/store_fixture.h"

namespace payhook {

std::ostream& boost_test_print_type(std::ostream& out, IntakeResult result) {
  switch (result) {
    case IntakeResult::CREATED:
      return out << "CREATED";
    case IntakeResult::DUPLICATE:
      return out << "DUPLICATE";
    case IntakeResult::CONFLICT:
      return out << "CONFLICT";
    case IntakeResult::CONFLICT_NOT_KEPT:
      return out << "CONFLICT_NOT_KEPT";
    case IntakeResult::EVENT_KEPT:
      return out << "EVENT_KEPT";
    case IntakeResult::QUARANTINED:
      return out << "QUARANTINED";
    case IntakeResult::NO_ROOM:
      return out << "NO_ROOM";
    case IntakeResult::REFUSED:
      break;
  }
  return out << "REFUSED";
}

namespace test {

using enum IntakeResult;
using namespace std::string_literals;
using Results = std::vector<IntakeResult>;

BOOST_FIXTURE_TEST_SUITE(intake_of_webhooks, StoreFixture)

BOOST_AUTO_TEST_CASE(a_new_transaction_becomes_a_row_that_is_processing) {
  const auto session = intake();
  BOOST_TEST(store_all(*session, {{.amount = "1500.50",
                                   .currency = "inr",
                                   .body = "{\"exact\" : 1500.50}",
                                   .received_at = moment(123)}}) == Results{CREATED},
             boost::test_tools::per_element());
  BOOST_TEST(query("SELECT * FROM transactions") ==
             "1|default|txn_1|acc_1|acc_2|1500.5|INR|PROCESSING|2025-11-08T14:31:00.123Z|NULL|"
             "1762612260123|0|NULL|150050|{\"exact\" : 1500.50}||192.0.2.1");
}

BOOST_AUTO_TEST_CASE(the_bytes_received_are_kept_exactly) {
  const std::string body = "{\"a\": \"\xe2\x82\xac\"}\r\n\0 "s;
  store_all(*intake(), {{.body = body}});
  BOOST_TEST(query("SELECT typeof(body), length(body) FROM transactions") ==
             "blob|" + std::to_string(body.size()));
  BOOST_TEST(query("SELECT hex(substr(body, -3)) FROM transactions") == "0A0020");
}

BOOST_AUTO_TEST_CASE(a_duplicate_with_another_value_keeps_the_first_row_and_is_recorded) {
  const auto session = intake();
  store_all(*session, {{.body = "first"}});
  const std::string before = query("SELECT * FROM transactions");
  const std::vector<Webhook> conflicting = {{.source_account = "acc_x", .body = "b1"},
                                            {.destination_account = "acc_x", .body = "b2"},
                                            {.amount = "500.01", .body = "b3"},
                                            {.currency = "USD", .body = "b4"}};
  for (const auto& webhook : conflicting) {
    BOOST_TEST(store_all(*session, {webhook}) == Results{CONFLICT},
               boost::test_tools::per_element());
  }
  BOOST_TEST(query("SELECT * FROM transactions") == before);
  BOOST_TEST(query("SELECT transaction_id, source_account, destination_account, amount, currency, "
                   "received_at, body, remote_address FROM conflicts ORDER BY id") ==
             "txn_1|acc_x|acc_2|500.0|INR|2025-11-08T14:31:00.000Z|b1|192.0.2.1\n"
             "txn_1|acc_1|acc_x|500.0|INR|2025-11-08T14:31:00.000Z|b2|192.0.2.1\n"
             "txn_1|acc_1|acc_2|500.01|INR|2025-11-08T14:31:00.000Z|b3|192.0.2.1\n"
             "txn_1|acc_1|acc_2|500.0|USD|2025-11-08T14:31:00.000Z|b4|192.0.2.1");
}

BOOST_AUTO_TEST_CASE(a_conflict_is_recorded_once_per_distinct_values) {
  const auto session = intake();
  store_all(*session, {{}});
  for (const auto* amount : {"501", "501.00", "501", "502"}) {
    BOOST_TEST(store_all(*session, {{.amount = amount, .body = amount}}) == Results{CONFLICT},
               boost::test_tools::per_element());
  }
  BOOST_TEST(query("SELECT body FROM conflicts ORDER BY id") == "501\n502");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_the_schema_refuses_fails_alone_and_is_an_alarm) {
  const auto session = intake();
  const auto impossible = [](const std::string& id) {  // no webhook can have this amount
    const Transaction transaction(id, "a", "b", Amount::restore("0.0", 0), "INR");
    return IncomingWebhook{"default", StatedPayment{transaction, moment(0)}, "{}", "", moment(0)};
  };
  const std::vector<IncomingWebhook> batch = {
      Webhook{.id = "before"}.incoming(), impossible("bad"), Webhook{.id = "between"}.incoming(),
      Webhook{.id = "before"}.incoming(), impossible("bad"), Webhook{.id = "bad"}.incoming()};
  log::write_last_counts();  // its limits begin anew
  CapturedOutput log(2);
  const auto results = session->store(batch, patience());
  const std::string lines = log.stop();
  BOOST_TEST(results == (Results{CREATED, REFUSED, CREATED, DUPLICATE, REFUSED, CREATED}),
             boost::test_tools::per_element());
  BOOST_TEST(query("SELECT id, transaction_id FROM transactions ORDER BY id") ==
             "1|before\n2|between\n3|bad");
  BOOST_TEST(lines.find("error: a webhook cannot be stored: ") != std::string::npos, lines);
  BOOST_TEST(lines.find("CHECK constraint failed") != std::string::npos, lines);
}

BOOST_AUTO_TEST_CASE(the_quarantine_keeps_what_came_and_why_once_for_each_body_of_a_source) {
  const auto session = intake();
  const std::vector<IncomingWebhook> batch{unreadable("one"), unreadable("one"),
                                           unreadable("one", "other", "Missing required fields"),
                                           unreadable("two")};
  BOOST_TEST(session->store(batch, patience()) == Results(4, QUARANTINED),
             boost::test_tools::per_element());
  BOOST_TEST(query("SELECT source, reason, received_at, headers, body, remote_address"
                   "  FROM quarantine ORDER BY id") ==
             "default|Invalid JSON|2025-11-08T14:31:00.000Z|Webhook-Id: 7|one|192.0.2.1\n"
             "other|Missing required fields|2025-11-08T14:31:00.000Z|Webhook-Id: 7|one|192.0.2.1\n"
             "default|Invalid JSON|2025-11-08T14:31:00.000Z|Webhook-Id: 7|two|192.0.2.1");
  BOOST_TEST(query("SELECT webhooks, bytes FROM quarantine_size") == "3|48");
}

BOOST_AUTO_TEST_CASE(a_full_quarantine_takes_nothing_new_until_something_is_deleted) {
  const auto session = intake();
  const auto store_one = [&session](const IncomingWebhook& webhook) {
    return session->store({&webhook, 1}, patience()).front();
  };
  BOOST_TEST(store_one(unreadable("one")) == QUARANTINED);
  for (const auto& column : {"webhooks", "bytes"}) {
    const auto bound =
        std::string(column) == "bytes" ? k_most_quarantined.bytes : k_most_quarantined.webhooks;
    const auto set = [&](std::int64_t value) {
      query(fmt::format("UPDATE quarantine_size SET {} = {}", column, value));
    };
    set(bound);
    BOOST_TEST(store_one(unreadable("two")) == NO_ROOM);
    BOOST_TEST(store_one(unreadable("one")) == QUARANTINED);  // it is there
    BOOST_TEST(store_one(Webhook{.id = column}.incoming()) == CREATED);
    query("DELETE FROM quarantine");
    set(0);
    BOOST_TEST(store_one(unreadable("one")) == QUARANTINED);
  }
}

BOOST_AUTO_TEST_CASE(a_quarantine_counts_the_bytes_of_bodies_and_headers) {
  const auto session = intake();
  IncomingWebhook webhook = unreadable(std::string("\0\xff", 2));
  webhook.headers = "Name: \u00e9";  // two bytes
  session->store({&webhook, 1}, patience());
  BOOST_TEST(query("SELECT bytes FROM quarantine_size") == "10");
  query("DELETE FROM quarantine");
  BOOST_TEST(query("SELECT bytes FROM quarantine_size") == "0");
}

BOOST_AUTO_TEST_CASE(a_quarantine_whose_size_is_gone_keeps_nothing_and_does_no_harm_to_others) {
  const auto session = intake();
  query("DELETE FROM quarantine_size");
  const std::vector<IncomingWebhook> batch{unreadable("one"), Webhook{.id = "kept"}.incoming()};
  BOOST_TEST(session->store(batch, patience()) == (Results{REFUSED, CREATED}),
             boost::test_tools::per_element());
  BOOST_TEST(query("SELECT count(*) FROM quarantine") == "0");
}

BOOST_AUTO_TEST_CASE(a_quarantine_that_is_half_full_is_an_alarm) {
  const auto session = intake();
  const auto log_of_one_more = [&](std::int64_t webhooks) {
    query(fmt::format("UPDATE quarantine_size SET webhooks = {}", webhooks));
    log::write_last_counts();  // its limits begin anew
    CapturedOutput log(2);
    const IncomingWebhook webhook = unreadable(std::to_string(webhooks));
    session->store({&webhook, 1}, patience());
    return log.stop();
  };
  BOOST_TEST(log_of_one_more(k_most_quarantined.webhooks / 2 - 1) == "");
  BOOST_TEST(log_of_one_more(k_most_quarantined.webhooks / 2)
                 .find("error: the quarantine would hold 50001 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_full_table_of_events_forgets_the_oldest_for_a_new_one) {
  const auto session = intake();
  const auto keep = [&session](const std::string& body, bool is_authentic = true) {
    const IncomingWebhook webhook{"default", NoPayment{"refund"}, body,        "192.0.2.1",
                                  moment(0), "Webhook-Id: 7",     is_authentic};
    return session->store({&webhook, 1}, patience()).front();
  };
  const auto bodies = [this] { return query("SELECT body FROM events ORDER BY id"); };
  for (const auto* body : {"one", "two", "three"}) {
    BOOST_TEST(keep(body) == EVENT_KEPT);
  }
  BOOST_TEST(query("SELECT webhooks, bytes FROM events_size") == "3|50");
  query(fmt::format("UPDATE events_size SET webhooks = {}", k_most_events.webhooks));
  BOOST_TEST(keep("two") == EVENT_KEPT);  // it is there, and takes nobody's place
  BOOST_TEST(bodies() == "one\ntwo\nthree");
  BOOST_TEST(keep("four") == EVENT_KEPT);
  BOOST_TEST(bodies() == "two\nthree\nfour");
  query(fmt::format("UPDATE events_size SET bytes = {}", k_most_events.bytes - 15));
  BOOST_TEST(keep("x") == EVENT_KEPT);
  BOOST_TEST(keep("larger than one of the others") == EVENT_KEPT);
  BOOST_TEST(bodies() == "x\nlarger than one of the others");
  // Nobody who has proved nothing takes others' places.
  query(fmt::format("UPDATE events_size SET webhooks = {}", k_most_events.webhooks / 2));
  BOOST_TEST(keep("y", false) == NO_ROOM);
  BOOST_TEST(keep("z") == EVENT_KEPT);
}

BOOST_AUTO_TEST_CASE(what_is_stored_is_there_after_everything_was_closed) {
  store_all(*intake(), {{.id = "kept"}});
  BOOST_TEST(store_all(*intake(), {{.id = "kept"}}) == Results{DUPLICATE},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_turn_that_does_not_come_in_time_stores_nothing) {
  const auto session = intake();
  WriteTurn other(beside(".turn"));
  BOOST_REQUIRE(other.try_lock_until(patience()));
  const std::vector<IncomingWebhook> batch = {Webhook{}.incoming()};
  BOOST_CHECK_THROW(session->store(batch, std::chrono::steady_clock::now()), StoreTimeout);
  other.unlock();
  BOOST_TEST(query("SELECT count(*) FROM transactions") == "0");
  BOOST_TEST(store_all(*session, {{}}) == Results{CREATED}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_the_daemon_there_are_checkpoints_too) {
  auto session = intake();
  for (int batch = 0; batch < 24; ++batch) {
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 50; ++i) {
      webhooks.push_back({.id = std::to_string(batch) + "-" + std::to_string(i),
                          .body = std::string(60'000, 'x')});
    }
    store_all(*session, webhooks);
  }
  session.reset();
  payments.close();  // waits for the one that has begun
  // Of 77 MB; without checkpoints they would all be in the WAL.
  BOOST_TEST(std::filesystem::file_size(database) > 30'000'000U);
  BOOST_TEST(query("SELECT count(*) FROM transactions") == "1200");
}

BOOST_AUTO_TEST_CASE(programs_for_one_request_checkpoint_too) {
  for (int batch = 0; batch < 24; ++batch) {
    CreatingStore one(database, Lifetime::ONE_REQUEST);
    const auto session = one.open_intake();
    std::vector<Webhook> webhooks;
    for (int i = 0; i < 50; ++i) {
      webhooks.push_back({.id = std::to_string(batch) + "-" + std::to_string(i),
                          .body = std::string(60'000, 'x')});
    }
    store_all(*session, webhooks);
    one.open_upkeep(TransactionStore::Keeper::STANDING_IN)->step(patience());
  }
  // Of 77 MB; a checkpoint is due at 32.
  BOOST_TEST(std::filesystem::file_size(beside("-wal")) < 40'000'000U);
  BOOST_TEST(query("SELECT count(*) FROM transactions") == "1200");
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_acknowledged_is_there) {
  HelperProcess helper({"store", database.string(), "killed", "1000000"});
  BOOST_REQUIRE_EQUAL(helper.line(), "ready");
  std::string last;
  for (int i = 0; i < 50; ++i) {
    last = helper.line();
  }
  helper.send(SIGKILL);
  std::string all = last + "\n" + helper.rest();
  helper.wait();
  const std::string acknowledged = all.substr(0, all.find_last_of('\n'));
  const std::string last_id = acknowledged.substr(acknowledged.find_last_of(' ') + 1);
  BOOST_TEST_MESSAGE("last acknowledged: " << last_id);
  const int count = std::stoi(last_id.substr(last_id.find('-') + 1)) + 1;
  const auto session = reader();
  for (int i = 0; i < count; ++i) {
    BOOST_TEST(session->find("default", "killed-" + std::to_string(i)).has_value());
  }
  BOOST_TEST(query("PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(nothing_is_stored_into_a_file_that_was_moved_away) {
  const auto session = intake();
  const auto moved = database.string() + ".moved";
  std::filesystem::rename(database, moved);
  BOOST_CHECK_THROW(store_all(*session, {Webhook{}}), StoreBroken);
  std::filesystem::rename(moved, database);
  BOOST_CHECK((store_all(*session, {Webhook{}}) == Results{CREATED}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace test
}  // namespace payhook
