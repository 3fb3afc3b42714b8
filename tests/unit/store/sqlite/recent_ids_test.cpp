#include "store/sqlite/recent_ids.h"

#include <boost/test/unit_test.hpp>

namespace payhook::test {

namespace {

using Rows = std::vector<RowId>;

/// Rows 1 to `count`, the hash of each its own number.
void fill(RecentIds& recent, RowId count) {
  for (RowId row = 1; row <= count; ++row) {
    BOOST_REQUIRE(recent.add({row - 1, 0}, static_cast<std::uint64_t>(row), row));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recent_ids)

BOOST_AUTO_TEST_CASE(rows_are_found_by_their_hashes) {
  RecentIds recent;
  fill(recent, 10'000);
  BOOST_TEST(recent.size() == 10'000U);
  for (RowId row = 1; row <= 10'000; ++row) {
    BOOST_REQUIRE(recent.find(static_cast<std::uint64_t>(row)) == Rows{row});
  }
  BOOST_TEST(recent.find(10'001).empty());
}

BOOST_AUTO_TEST_CASE(rows_with_one_hash_are_all_found) {
  RecentIds recent;
  for (RowId row = 1; row <= 3; ++row) {
    BOOST_REQUIRE(recent.add({row - 1, 0}, 7, row));
  }
  BOOST_TEST((recent.find(7) == Rows{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(hashes_that_end_alike_are_told_apart) {
  RecentIds recent;
  constexpr std::uint64_t k_step = std::uint64_t{1} << 20;
  for (RowId row = 1; row <= 300; ++row) {
    BOOST_REQUIRE(recent.add({row - 1, 0}, static_cast<std::uint64_t>(row) * k_step, row));
  }
  BOOST_TEST((recent.find(200 * k_step) == Rows{200}));
  BOOST_TEST(recent.find(301 * k_step).empty());
}

BOOST_AUTO_TEST_CASE(what_is_in_the_index_is_forgotten) {
  RecentIds recent;
  fill(recent, 100);
  recent.forget_until(60, {});
  BOOST_TEST(recent.size() == 40U);
  BOOST_TEST(recent.find(60).empty());
  BOOST_TEST((recent.find(61) == Rows{61}));
  BOOST_TEST(recent.last().row == 100);
  recent.forget_until(50, {});  // told late
  BOOST_TEST(recent.size() == 40U);
  recent.forget_until(200, {});
  BOOST_TEST(recent.size() == 0U);
  BOOST_TEST(recent.last().row == 200);
}

BOOST_AUTO_TEST_CASE(where_the_rows_are_others_it_begins_anew) {
  for (const RowId begin : {0, 5, 90, 200}) {
    RecentIds recent;
    fill(recent, 100);
    recent.forget_until(50, recent.last());
    recent.begin_anew(begin);
    BOOST_TEST(recent.size() == 0U);
    BOOST_TEST(recent.last().row == begin);
    BOOST_TEST(recent.find(91).empty());
    BOOST_TEST(recent.add(recent.last(), 7, begin + 1));
    BOOST_TEST((recent.find(7) == Rows{begin + 1}));
  }
}

BOOST_AUTO_TEST_CASE(what_was_seen_before_it_began_anew_changes_nothing) {
  RecentIds recent;
  fill(recent, 10);
  const RecentIds::Place seen = recent.last();
  recent.begin_anew(5);
  for (RowId row = 6; row <= 10; ++row) {
    BOOST_TEST(recent.add(recent.last(), 100, row));
  }
  BOOST_TEST(!recent.add(seen, 11, 11), "the last row has the same number, and is another");
  BOOST_TEST(recent.find(11).empty());
  recent.forget_until(9, seen);
  BOOST_TEST(recent.size() == 5U);
}

BOOST_AUTO_TEST_CASE(a_row_is_added_only_next_to_the_last_so_that_none_is_missed) {
  RecentIds recent;
  fill(recent, 5);
  BOOST_TEST(!recent.add({10, 0}, 11, 11));
  BOOST_TEST(recent.last().row == 5);
  BOOST_TEST(recent.add({5, 0}, 8, 8), "there may be gaps");
  BOOST_TEST(recent.add({6, 0}, 7, 7), "known, or removed");
  BOOST_TEST(recent.last().row == 8);
}

BOOST_AUTO_TEST_CASE(a_row_too_far_away_is_refused_and_not_mixed_up) {
  RecentIds recent;
  constexpr RowId k_far = RowId{1} << 33;
  BOOST_CHECK_THROW((void)recent.add({}, 1, k_far), std::length_error);
  recent.forget_until(k_far, {});
  BOOST_TEST(recent.add(recent.last(), 1, k_far + 1));
  BOOST_TEST((recent.find(1) == Rows{k_far + 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
