#include "archive/archive_file.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <system_error>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "webhook/gzip.h"

namespace payhook::test {

namespace {

namespace fs = std::filesystem;

struct Archive {
  TemporaryDirectory parent;
  fs::path path = parent.path() / "archive";

  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  static std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    return gunzipped(bytes, 1 << 20).value_or("no gzip");
  }
};

using Names = std::set<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(archives)

BOOST_AUTO_TEST_CASE(a_file_has_its_name_once_it_is_whole_and_is_its_owners_alone) {
  Archive a;
  const ArchiveDirectory directory(a.path);
  BOOST_TEST((fs::status(a.path).permissions() == fs::perms::owner_all));
  ArchiveFile file(directory);
  file.add("one\n");
  file.add("");
  file.add("two\n");
  BOOST_TEST(a.names() == Names{"incomplete"}, boost::test_tools::per_element());
  const fs::path finished = file.finish("day");
  BOOST_TEST(finished == a.path / "day.jsonl.gz");
  BOOST_TEST(Archive::content(finished) == "one\ntwo\n");
  BOOST_TEST(
      (fs::status(finished).permissions() == (fs::perms::owner_read | fs::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(no_file_takes_the_place_of_another) {
  Archive a;
  const ArchiveDirectory directory(a.path);
  for (const std::string content : {"one", "two", "three"}) {
    ArchiveFile file(directory);
    file.add(content);
    BOOST_TEST(Archive::content(file.finish("day")) == content);
  }
  BOOST_TEST(a.names() == (Names{"day.2.jsonl.gz", "day.3.jsonl.gz", "day.jsonl.gz"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_not_whole_is_removed_and_what_a_crash_left_is_begun_anew) {
  Archive a;
  const ArchiveDirectory directory(a.path);
  { ArchiveFile(directory).add("lost"); }
  BOOST_TEST(a.names().empty());
  std::ofstream(a.path / "incomplete") << "torn";
  ArchiveFile file(directory);
  file.add("whole");
  BOOST_TEST(Archive::content(file.finish("day")) == "whole");
  BOOST_TEST(a.names() == Names{"day.jsonl.gz"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_at_a_time_writes_to_a_directory) {
  Archive a;
  {
    const ArchiveDirectory directory(a.path);
    BOOST_CHECK_THROW(ArchiveDirectory{a.path}, std::system_error);
  }
  BOOST_CHECK_NO_THROW(ArchiveDirectory{a.path});
  BOOST_CHECK_THROW(ArchiveDirectory{a.path / "none" / "archive"}, std::system_error);
}

BOOST_AUTO_TEST_CASE(where_a_file_cannot_grow_that_is_what_is_said_and_nothing_is_left) {
  Archive a;
  const ArchiveDirectory directory(a.path);
  std::string bytes(200'000, '\0');  // of which nothing can be spared
  std::generate(bytes.begin(), bytes.end(), [random = std::minstd_rand()]() mutable {
    return static_cast<char>(random() >> 8U);
  });
  // Few are still in memory when it is finished, and many are not.
  for (const std::size_t size : {std::size_t{6'000}, bytes.size()}) {
    BOOST_TEST(exit_status_of_child([&] {
                 const rlimit limit{4096, 4096};
                 std::signal(SIGXFSZ, SIG_IGN);
                 ::setrlimit(RLIMIT_FSIZE, &limit);
                 try {
                   ArchiveFile file(directory);
                   file.add(bytes.substr(0, size));
                   file.finish("day");
                 } catch (const std::system_error& e) {
                   return e.code() == std::errc::file_too_large ? 0 : 1;
                 }
                 return 2;
               }) == 0);
    BOOST_TEST(a.names().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_has_removed_is_no_archive) {
  Archive a;
  const ArchiveDirectory directory(a.path);
  ArchiveFile file(directory);
  fs::remove(a.path / "incomplete");
  BOOST_CHECK_THROW(file.finish("day"), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
