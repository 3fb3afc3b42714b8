#include "ctl/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "core/unique_fd.h"

namespace payhook::test {

namespace {

/// A file that nobody else has, and what was written to it.
struct Written {
  std::string text() const {
    std::fflush(file.get());
    std::rewind(file.get());
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    return text;
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), std::fclose};
};

Record line(const std::string& name, const std::string& number) {
  Record record;
  record.text("name", name).number("number", number);
  return record;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(output)

BOOST_AUTO_TEST_CASE(more_of_a_table_has_its_columns_and_no_names) {
  const Written written;
  Output output(written.file.get(), Output::Format::PLAIN);
  const std::array first{line("a long one", "1"), line("b", "22")};
  const std::array more{line("c", "3")};
  output.more_of_table({});
  output.more_of_table(first);
  output.more_of_table(more);
  BOOST_TEST(written.text() ==
             "NAME        NUMBER\n"
             "a long one  1\n"
             "b           22\n"
             "c           3\n");
}

BOOST_AUTO_TEST_CASE(a_file_gets_no_colours_and_no_pager) {
  const Written written;
  Output output(written.file.get(), Output::Format::PLAIN, Output::Paging::ALLOWED);
  output.may_be_long();
  const std::array lines{line("FAILED", "1")};
  output.table(lines);
  BOOST_TEST(written.text() == "NAME    NUMBER\nFAILED  1\n");
}

BOOST_AUTO_TEST_CASE(that_there_is_nothing_is_said_at_a_terminal_alone) {
  const Written written;
  Output(written.file.get(), Output::Format::PLAIN).say_to_people("nothing");
  BOOST_TEST(written.text() == "");
  const UniqueFd screen(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  BOOST_REQUIRE((::grantpt(screen.get()) == 0 && ::unlockpt(screen.get()) == 0));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(
      std::fopen(::ptsname(screen.get()), "w"), std::fclose);
  for (const auto format : {Output::Format::JSON, Output::Format::PLAIN}) {
    Output output(terminal.get(), format);
    output.say_to_people("nothing");
    output.flush();
    std::array<char, 32> shown{};
    const bool is_shown = ::read(screen.get(), shown.data(), shown.size()) > 0;
    BOOST_TEST(is_shown == (format == Output::Format::PLAIN));
  }
}

BOOST_AUTO_TEST_CASE(records_in_a_record_are_an_array_in_json_and_not_for_people) {
  Record record;
  record.text("a", "x").records("all", {line("b", "1"), line("c", "2")}).records("none", {});
  const Written json;
  Output(json.file.get(), Output::Format::JSON).record(record);
  BOOST_TEST(json.text() ==
             R"({"a": "x", "all": [{"name": "b", "number": 1}, {"name": "c", "number": 2}], )"
             "\"none\": []}\n");
  const Written plain;
  Output(plain.file.get(), Output::Format::PLAIN).record(record);
  BOOST_TEST(plain.text() == "   a: x\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
