#include "core/log_fingerprint.h"

#include <boost/test/unit_test.hpp>

namespace payhook {

BOOST_AUTO_TEST_SUITE(log_fingerprint)

BOOST_AUTO_TEST_CASE(a_fingerprint_is_the_beginning_of_what_sha256sum_prints) {
  // FIPS 180-2, appendix B.1; and RFC 6234's for nothing.
  BOOST_TEST(fingerprint_of_id("abc") == "ba7816bf8f01cfea");
  BOOST_TEST(fingerprint_of_id("") == "e3b0c44298fc1c14");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace payhook
