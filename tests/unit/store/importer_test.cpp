#include "store/importer.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/store/engines.h"

namespace payhook::test {

namespace {

template <typename Engine>
struct Importing : Sessions<Engine> {
  std::unique_ptr<TransactionImporter> importer = this->engine.store().open_importer();
  std::unique_ptr<TransactionBrowser> browser = this->engine.store().open_browser();

  std::vector<IntakeResult> add(const std::vector<PastTransaction>& transactions) {
    return importer->add("default", transactions, {"root", "we move", moment(0)}, patience());
  }
};

PastTransaction processed(const Webhook& webhook, Timestamp at) {
  return {webhook.transaction(), webhook.received_at, at};
}

PastTransaction processing(const Webhook& webhook, Timestamp due_at) {
  return {webhook.transaction(), webhook.received_at, std::nullopt, due_at};
}

using enum IntakeResult;

}  // namespace

BOOST_AUTO_TEST_SUITE(importing)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_has_become_of_a_transaction_comes_with_it, Engine, Engines) {
  Importing<Engine> s;
  const auto results = s.add({processed({.id = "old", .received_at = moment(10)}, moment(40)),
                              processing({.id = "new", .received_at = moment(20)}, moment(50))});
  BOOST_TEST((results == std::vector{CREATED, CREATED}));
  BOOST_TEST(s.status_of("old") == "PROCESSED 40");
  BOOST_TEST((s.reader->find("default", "old")->created_at == moment(10)));
  BOOST_TEST(s.status_of("new") == "PROCESSING");
  BOOST_TEST((next_due_at(*s.queue) == moment(50)));
  BOOST_TEST(process_due(*s.queue, moment(50)) == 1U);
  BOOST_TEST(s.status_of("new") == "PROCESSED 50");
  BOOST_TEST(s.browser->webhook(s.browser->find("default", "old")->number).body == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_came_before_is_found_by_its_time, Engine, Engines) {
  Importing<Engine> s;
  const auto at = [](int minute) { return moment(minute * 60'000); };
  const auto found = [&s](std::optional<Timestamp> since, std::optional<Timestamp> before) {
    std::string ids;
    for (const BrowsedTransaction& each :
         s.browser->list({.since = since, .before = before}, std::nullopt, 100).transactions) {
      ids += each.stored.transaction.transaction_id();
    }
    return ids;
  };
  s.store({{.id = "a", .received_at = at(10)}, {.id = "b", .received_at = at(20)}});
  s.importer->add("default",
                  {{processed({.id = "c", .received_at = at(1)}, at(2)),
                    processed({.id = "d", .received_at = at(2)}, at(3))}},
                  {"root", "we move", at(30)}, patience());
  s.store({{.id = "e", .received_at = at(40)}, {.id = "f", .received_at = at(50)}});
  BOOST_TEST(found(at(0), at(5)) == "dc");
  BOOST_TEST(found(at(5), at(15)) == "a");
  BOOST_TEST(found(at(15), std::nullopt) == "feb");
  BOOST_TEST(found(at(45), std::nullopt) == "f");
  BOOST_TEST(found(std::nullopt, at(45)) == "edcba");
  const auto retention = s.engine.store().open_retention();
  BOOST_TEST(retention->finished({"PROCESSED", at(5)}, std::nullopt).transactions.size() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_there_stands, Engine, Engines) {
  Importing<Engine> s;
  s.store({{.id = "same"}, {.id = "other"}});
  const std::vector<PastTransaction> past{processed({.id = "same"}, moment(40)),
                                          processed({.id = "other", .amount = "501"}, moment(40)),
                                          processed({.id = "new"}, moment(40))};
  BOOST_TEST((s.add(past) == std::vector{DUPLICATE, CONFLICT, CREATED}));
  BOOST_TEST((s.add(past) == std::vector{DUPLICATE, CONFLICT, DUPLICATE}));
  BOOST_TEST(s.status_of("same") == "PROCESSING");
  BOOST_TEST(s.reader->find("default", "other")->transaction.amount().decimal() == "500.0");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_keeps_its_order_waits_for_what_came_before_it, Engine, Engines) {
  Importing<Engine> s;
  std::vector<PastTransaction> past{processed({.id = "1"}, moment(0)),
                                    processing({.id = "2"}, moment(0)),
                                    processing({.id = "3"}, moment(0))};
  for (PastTransaction& each : past) {
    each.keeps_order = true;
  }
  s.add(past);
  s.queue->take_over(moment(1), patience());
  const auto claimed = claim(*s.queue, moment(1), moment(99), 9, "default", ClaimOrder::BY_ACCOUNT);
  BOOST_REQUIRE(claimed.size() == 1U);
  BOOST_TEST(claimed.front().transaction.transaction_id() == "2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
