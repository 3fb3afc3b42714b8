#include "api/operator_desk.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <deque>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include "store/errors.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_store.h"

namespace payhook::test {

namespace {

using SteadyClock = std::chrono::steady_clock;

/// A desk that is at a request, which ends with release(): what comes meanwhile waits.
struct BusyDesk {
  BusyDesk() {
    desk->look(asking(SteadyClock::now() + std::chrono::hours{1}),
               [this](OperatorSessions& /*sessions*/) {
                 began.count_down();
                 released.wait();
                 return HttpResponse{200, "first"};
               });
    began.wait();
  }

  ~BusyDesk() { release(); }

  void release() {
    if (!released.try_wait()) {
      released.count_down();
    }
  }

  FakeExchange& asking(SteadyClock::time_point arrived_at = SteadyClock::now()) {
    FakeExchange& exchange = exchanges.emplace_back();
    exchange.request().arrived_at = arrived_at;
    return exchange;
  }

  OperatorDesk::Task noting(const std::string& name) {
    return [this, name](OperatorSessions& /*sessions*/) {
      served.push_back(name);
      return HttpResponse{200, name};
    };
  }

  FakeStore store;
  std::latch began{1};
  std::latch released{1};
  std::vector<std::string> served;
  std::deque<FakeExchange> exchanges;
  std::unique_ptr<OperatorDesk> desk = std::make_unique<OperatorDesk>(store);
};

}  // namespace

BOOST_AUTO_TEST_SUITE(operator_desk)

BOOST_AUTO_TEST_CASE(who_acts_has_a_place_though_very_many_look_and_goes_before_them) {
  BusyDesk busy;
  for (int i = 0; i < 64; ++i) {
    busy.desk->look(busy.asking(), busy.noting("look"));
  }
  BOOST_CHECK_THROW(busy.desk->look(busy.asking(), busy.noting("look")), StoreUnavailable);
  const Deadline later = SteadyClock::now() + std::chrono::hours{1};
  for (int i = 0; i < 64; ++i) {
    busy.desk->act(busy.asking(), later, busy.noting("act"));
  }
  BOOST_CHECK_THROW(busy.desk->act(busy.asking(), later, busy.noting("act")), StoreUnavailable);
  busy.release();
  BOOST_TEST(busy.exchanges[64].wait().body == "look");
  std::vector<std::string> order(64, "act");
  order.resize(128, "look");
  BOOST_TEST(busy.served == order);
}

BOOST_AUTO_TEST_CASE(what_waits_holds_no_more_than_there_is_memory_for) {
  BusyDesk busy;
  FakeExchange& large = busy.asking();
  large.request().body = "read already";
  large.request().held_bytes = std::size_t{16} << 20;
  busy.desk->look(large, busy.noting("large"));
  BOOST_TEST(large.request().body.capacity() < 100U);
  FakeExchange& other = busy.asking();
  other.request().held_bytes = 1;
  BOOST_CHECK_THROW(busy.desk->look(other, busy.noting("other")), StoreUnavailable);
  busy.release();
  BOOST_TEST(large.wait().body == "large");
  busy.desk->look(other, busy.noting("other"));
  BOOST_TEST(other.wait().body == "other");
}

BOOST_AUTO_TEST_CASE(who_has_waited_too_long_is_answered_503_and_nothing_is_done) {
  BusyDesk busy;
  const SteadyClock::time_point now = SteadyClock::now();
  busy.desk->act(busy.asking(), now, busy.noting("late"));
  busy.desk->look(busy.asking(now - std::chrono::seconds{5}), busy.noting("late"));
  busy.desk->look(busy.asking(), busy.noting("last"));
  busy.release();
  BOOST_TEST(busy.exchanges[3].wait().body == "last");
  BOOST_TEST(busy.exchanges[1].wait().status == 503);
  BOOST_TEST(busy.exchanges[2].wait().status == 503);
  BOOST_TEST(busy.served == std::vector<std::string>{"last"});
}

BOOST_AUTO_TEST_CASE(its_end_answers_those_who_wait) {
  BusyDesk busy;
  busy.desk->look(busy.asking(), busy.noting("look"));
  busy.desk->act(busy.asking(), SteadyClock::now() + std::chrono::hours{1}, busy.noting("act"));
  auto ending = std::async(std::launch::async, [&busy] { busy.desk.reset(); });
  busy.release();
  ending.get();
  BOOST_TEST(busy.exchanges[0].wait().status == 200);
  BOOST_TEST(busy.exchanges[1].is_answered());
  BOOST_TEST(busy.exchanges[2].is_answered());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
