#include "core/become_owner.h"

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

constexpr uid_t k_somebody = 54321;  // who has no name
constexpr gid_t k_group = 54322;

bool is_root() {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("only root can become somebody else");
  }
  return ::geteuid() == 0;
}

void give_to_somebody(const std::filesystem::path& directory) {
  BOOST_REQUIRE(::chown(directory.c_str(), k_somebody, k_group) == 0);
}

/// Of a child that begins as root in two groups.
template <typename Work>
int status_of_root_in_groups(const Work& work) {
  return exit_status_of_child([&work] {
    const std::array<gid_t, 2> groups{0, 4};
    ::setgroups(groups.size(), groups.data());
    return work();
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(owner)

BOOST_AUTO_TEST_CASE(root_becomes_the_owner_for_good_and_in_all_groups) {
  if (!is_root()) {
    return;
  }
  const TemporaryDirectory directory;
  give_to_somebody(directory.path());
  const int wrong = status_of_root_in_groups([&directory] {
    become_owner_of(directory.path());
    gid_t left = 0;
    const bool one_group = ::getgroups(1, &left) == 1 && left == k_group;
    const bool is_owner = ::getuid() == k_somebody && ::geteuid() == k_somebody &&
                          ::getgid() == k_group && ::getegid() == k_group;
    return one_group && is_owner && ::setuid(0) != 0 ? 0 : 1;
  });
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(root_acts_as_the_owner_for_a_while) {
  if (!is_root()) {
    return;
  }
  const TemporaryDirectory directory;
  give_to_somebody(directory.path());
  const int wrong = status_of_root_in_groups([&directory] {
    {
      const ActingAsOwner owner(directory.path());
      const ActingAsOwner again(directory.path());
      if (::geteuid() != k_somebody || ::getegid() != k_group || ::getgroups(0, nullptr) != 1) {
        return 1;
      }
    }
    return ::geteuid() == 0 && ::getegid() == 0 && ::getgroups(0, nullptr) == 2 ? 0 : 2;
  });
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(root_acts_as_the_owner_of_the_directory_that_is_open) {
  if (!is_root()) {
    return;
  }
  const TemporaryDirectory directory;
  const auto owned = directory.path() / "owned";
  std::filesystem::create_directory(owned);
  give_to_somebody(owned);
  const UniqueFd opened(::open(owned.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::filesystem::rename(owned, directory.path() / "moved");
  std::filesystem::create_directory(owned);  // root's
  BOOST_TEST(exit_status_of_child([&opened] {
               const ActingAsOwner owner(opened);
               return ::geteuid() == k_somebody ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_CASE(root_stays_root_where_the_directory_is_his_or_missing) {
  if (!is_root()) {
    return;
  }
  const TemporaryDirectory directory;
  for (const auto& path : {directory.path(), directory.path() / "missing"}) {
    BOOST_TEST(exit_status_of_child([&path] {
                 become_owner_of(path);
                 return static_cast<int>(::geteuid());
               }) == 0);
  }
}

BOOST_AUTO_TEST_CASE(anybody_else_stays_who_he_is) {
  if (!is_root()) {
    return;
  }
  const TemporaryDirectory directory;
  BOOST_TEST(exit_status_of_child([&directory] {
               if (::setuid(k_somebody) != 0) {
                 return 1;
               }
               become_owner_of(directory.path());
               return ::getuid() == k_somebody ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
