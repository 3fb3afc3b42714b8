#include "webhook/encoding.h"

#include <boost/test/unit_test.hpp>
#include <tuple>

namespace payhook::test {

BOOST_AUTO_TEST_SUITE(encodings)

BOOST_AUTO_TEST_CASE(a_text_stands_for_bytes_or_for_nothing) {
  using enum Encoding;
  const std::string none = "none";
  const std::tuple<Encoding, std::string, std::string> cases[] = {
      {TEXT, "", ""},
      {TEXT, " =\n", " =\n"},
      {HEX, "", ""},
      {HEX, "00ff10Ab", std::string("\0\xff\x10\xab", 4)},
      {HEX, "0", none},
      {HEX, "0g", none},
      {HEX, "0x", none},
      {HEX, "-1", none},
      {HEX, "+1", none},
      {HEX, " 1", none},
      {HEX, "0:1", none},
      {BASE64, "", ""},
      {BASE64, "Zg==", "f"},
      {BASE64, "Zg", "f"},
      {BASE64, "Zm8=", "fo"},
      {BASE64, "Zm8", "fo"},
      {BASE64, "Zm9v", "foo"},
      {BASE64, "+/8=", "\xfb\xff"},
      {BASE64, "Zh==", none},  // the last bits stand for nothing
      {BASE64, "Z", none},
      {BASE64, "Zg=", "f"},
      {BASE64, "Zg===", none},
      {BASE64, "=", none},
      {BASE64, "====", none},
      {BASE64, "Zg==Zg==", none},
      {BASE64, " Zg==", none},
      {BASE64, "Zg==\n", none},
      {BASE64, "Zm\n9v", none},
      {BASE64, "-_8=", none},
      {BASE64, "Z\xc3\xa9=", none},
      {BASE64URL, "-_8", "\xfb\xff"},
      {BASE64URL, "-_8=", "\xfb\xff"},
      {BASE64URL, "+/8=", none},
  };
  for (const auto& [encoding, text, bytes] : cases) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(decode(encoding, text).value_or(none) == bytes); }
  }
}

BOOST_AUTO_TEST_CASE(bytes_are_written_as_they_are_read) {
  using enum Encoding;
  const std::tuple<Encoding, std::string, std::string> cases[] = {
      {TEXT, " =\n", " =\n"},
      {HEX, std::string("\0\xff\x10\xab", 4), "00ff10ab"},
      {BASE64, "\xfb\xff", "+/8="},
      {BASE64URL, "\xfb\xff", "-_8="},
      {HEX, "", ""},
  };
  for (const auto& [encoding, bytes, text] : cases) {
    BOOST_TEST(encode(encoding, bytes) == text);
    BOOST_TEST(decode(encoding, text).value() == bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook::test
