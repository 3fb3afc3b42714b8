#include "ctl/output_file.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "core/program_error.h"
#include "tests/support/temporary_directory.h"

namespace payhook::test {

namespace {

struct Written {
  TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "out.csv";

  std::string contents() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::ptrdiff_t files() const {
    const std::filesystem::directory_iterator all(directory.path());
    return std::distance(begin(all), end(all));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(output_files)

BOOST_AUTO_TEST_CASE(a_file_takes_its_place_when_it_is_finished) {
  const Written w;
  std::ofstream(w.file) << "old";
  {
    OutputFile file(w.file);
    file.write("new");
    BOOST_TEST(w.contents() == "old");
    file.finish();
  }
  BOOST_TEST(w.contents() == "new");
  BOOST_TEST(w.files() == 1);
  struct stat status {};
  BOOST_TEST(::stat(w.file.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600);
}

BOOST_AUTO_TEST_CASE(what_is_not_finished_leaves_nothing) {
  const Written w;
  OutputFile(w.file).write("half");
  BOOST_TEST(w.files() == 0);
}

BOOST_AUTO_TEST_CASE(where_no_file_can_be_none_is_begun) {
  const Written w;
  for (const std::filesystem::path& file :
       {w.directory.path(), w.directory.path() / "no/file", std::filesystem::path("/dev/null")}) {
    BOOST_CHECK_THROW(OutputFile{file}, ProgramError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
