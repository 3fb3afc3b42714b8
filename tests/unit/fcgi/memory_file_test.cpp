#include "fcgi/memory_file.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

namespace payhook::test {

namespace {

std::string read_all(int fd) {
  std::string bytes(100, '\0');
  const ssize_t count = ::read(fd, bytes.data(), bytes.size());
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_file)

BOOST_AUTO_TEST_CASE(what_it_holds_is_read_and_nothing_of_what_it_held_before) {
  MemoryFile file;
  for (const std::string bytes : {"one", "a longer one", "", "short"}) {
    BOOST_TEST(read_all(file.hold(bytes)) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(what_was_not_read_is_not_read_later) {
  MemoryFile file;
  file.hold("a long one");
  BOOST_TEST(read_all(file.hold("short")) == "short");
}

BOOST_AUTO_TEST_CASE(what_was_written_to_it_is_told) {
  MemoryFile file;
  file.hold("what it held before");
  const int fd = file.hold("");
  BOOST_TEST(file.bytes() == "");
  BOOST_TEST(::write(fd, "one ", 4) == 4);
  BOOST_TEST(::write(fd, "two", 3) == 3);
  BOOST_TEST(file.bytes() == "one two");
}

BOOST_AUTO_TEST_CASE(it_is_opened_again_after_somebody_closed_it) {
  MemoryFile file;
  ::close(file.hold("one"));
  file.forget();
  BOOST_TEST(read_all(file.hold("two")) == "two");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
