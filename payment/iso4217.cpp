#include "payment/iso4217.h"

#include <array>

namespace payhook {

namespace {

using enum Iso4217Use;

// ISO 4217's list one as published on 2026-09-17, with the amendments up to 180: its 178 codes are
// those that are not RETIRED here, and those without a minor unit there are NOT_A_PAYMENT.
// A retired code stays, with the date of its withdrawal; list three has those of before 2021.
// tests/unit/core/iso4217_test.cpp compares the codes with Debian's iso-codes.
constexpr std::array<Iso4217Entry, 184> k_table{{
    {"AED", 2, ACTIVE},        {"AFN", 2, ACTIVE},        {"ALL", 2, ACTIVE},
    {"AMD", 2, ACTIVE},        {"ANG", 2, RETIRED},  // 2025-03-31
    {"AOA", 2, ACTIVE},        {"ARS", 2, ACTIVE},        {"AUD", 2, ACTIVE},
    {"AWG", 2, ACTIVE},        {"AZN", 2, ACTIVE},        {"BAM", 2, ACTIVE},
    {"BBD", 2, ACTIVE},        {"BDT", 2, ACTIVE},        {"BGN", 2, RETIRED},  // 2026-01-01
    {"BHD", 3, ACTIVE},        {"BIF", 0, ACTIVE},        {"BMD", 2, ACTIVE},
    {"BND", 2, ACTIVE},        {"BOB", 2, ACTIVE},        {"BOV", 2, ACTIVE},
    {"BRL", 2, ACTIVE},        {"BSD", 2, ACTIVE},        {"BTN", 2, ACTIVE},
    {"BWP", 2, ACTIVE},        {"BYN", 2, ACTIVE},        {"BZD", 2, ACTIVE},
    {"CAD", 2, ACTIVE},        {"CDF", 2, ACTIVE},        {"CHE", 2, ACTIVE},
    {"CHF", 2, ACTIVE},        {"CHW", 2, ACTIVE},        {"CLF", 4, ACTIVE},
    {"CLP", 0, ACTIVE},        {"CNY", 2, ACTIVE},        {"COP", 2, ACTIVE},
    {"COU", 2, ACTIVE},        {"CRC", 2, ACTIVE},        {"CUC", 2, RETIRED},  // 2021-06-30
    {"CUP", 2, ACTIVE},        {"CVE", 2, ACTIVE},        {"CZK", 2, ACTIVE},
    {"DJF", 0, ACTIVE},        {"DKK", 2, ACTIVE},        {"DOP", 2, ACTIVE},
    {"DZD", 2, ACTIVE},        {"EGP", 2, ACTIVE},        {"ERN", 2, ACTIVE},
    {"ETB", 2, ACTIVE},        {"EUR", 2, ACTIVE},        {"FJD", 2, ACTIVE},
    {"FKP", 2, ACTIVE},        {"GBP", 2, ACTIVE},        {"GEL", 2, ACTIVE},
    {"GHS", 2, ACTIVE},        {"GIP", 2, ACTIVE},        {"GMD", 2, ACTIVE},
    {"GNF", 0, ACTIVE},        {"GTQ", 2, ACTIVE},        {"GYD", 2, ACTIVE},
    {"HKD", 2, ACTIVE},        {"HNL", 2, ACTIVE},        {"HRK", 2, RETIRED},  // 2023-01-01
    {"HTG", 2, ACTIVE},        {"HUF", 2, ACTIVE},        {"IDR", 2, ACTIVE},
    {"ILS", 2, ACTIVE},        {"INR", 2, ACTIVE},        {"IQD", 3, ACTIVE},
    {"IRR", 2, ACTIVE},        {"ISK", 0, ACTIVE},        {"JMD", 2, ACTIVE},
    {"JOD", 3, ACTIVE},        {"JPY", 0, ACTIVE},        {"KES", 2, ACTIVE},
    {"KGS", 2, ACTIVE},        {"KHR", 2, ACTIVE},        {"KMF", 0, ACTIVE},
    {"KPW", 2, ACTIVE},        {"KRW", 0, ACTIVE},        {"KWD", 3, ACTIVE},
    {"KYD", 2, ACTIVE},        {"KZT", 2, ACTIVE},        {"LAK", 2, ACTIVE},
    {"LBP", 2, ACTIVE},        {"LKR", 2, ACTIVE},        {"LRD", 2, ACTIVE},
    {"LSL", 2, ACTIVE},        {"LYD", 3, ACTIVE},        {"MAD", 2, ACTIVE},
    {"MDL", 2, ACTIVE},        {"MGA", 2, ACTIVE},        {"MKD", 2, ACTIVE},
    {"MMK", 2, ACTIVE},        {"MNT", 2, ACTIVE},        {"MOP", 2, ACTIVE},
    {"MRU", 2, ACTIVE},        {"MUR", 2, ACTIVE},        {"MVR", 2, ACTIVE},
    {"MWK", 2, ACTIVE},        {"MXN", 2, ACTIVE},        {"MXV", 2, ACTIVE},
    {"MYR", 2, ACTIVE},        {"MZN", 2, ACTIVE},        {"NAD", 2, ACTIVE},
    {"NGN", 2, ACTIVE},        {"NIO", 2, ACTIVE},        {"NOK", 2, ACTIVE},
    {"NPR", 2, ACTIVE},        {"NZD", 2, ACTIVE},        {"OMR", 3, ACTIVE},
    {"PAB", 2, ACTIVE},        {"PEN", 2, ACTIVE},        {"PGK", 2, ACTIVE},
    {"PHP", 2, ACTIVE},        {"PKR", 2, ACTIVE},        {"PLN", 2, ACTIVE},
    {"PYG", 0, ACTIVE},        {"QAR", 2, ACTIVE},        {"RON", 2, ACTIVE},
    {"RSD", 2, ACTIVE},        {"RUB", 2, ACTIVE},        {"RWF", 0, ACTIVE},
    {"SAR", 2, ACTIVE},        {"SBD", 2, ACTIVE},        {"SCR", 2, ACTIVE},
    {"SDG", 2, ACTIVE},        {"SEK", 2, ACTIVE},        {"SGD", 2, ACTIVE},
    {"SHP", 2, ACTIVE},        {"SLE", 2, ACTIVE},        {"SLL", 2, RETIRED},  // 2024-03-31
    {"SOS", 2, ACTIVE},        {"SRD", 2, ACTIVE},        {"SSP", 2, ACTIVE},
    {"STN", 2, ACTIVE},        {"SVC", 2, ACTIVE},        {"SYP", 2, ACTIVE},
    {"SZL", 2, ACTIVE},        {"THB", 2, ACTIVE},        {"TJS", 2, ACTIVE},
    {"TMT", 2, ACTIVE},        {"TND", 3, ACTIVE},        {"TOP", 2, ACTIVE},
    {"TRY", 2, ACTIVE},        {"TTD", 2, ACTIVE},        {"TWD", 2, ACTIVE},
    {"TZS", 2, ACTIVE},        {"UAH", 2, ACTIVE},        {"UGX", 0, ACTIVE},
    {"USD", 2, ACTIVE},        {"USN", 2, ACTIVE},        {"UYI", 0, ACTIVE},
    {"UYU", 2, ACTIVE},        {"UYW", 4, ACTIVE},        {"UZS", 2, ACTIVE},
    {"VED", 2, ACTIVE},        {"VES", 2, ACTIVE},        {"VND", 0, ACTIVE},
    {"VUV", 0, ACTIVE},        {"WST", 2, ACTIVE},        {"XAD", 2, ACTIVE},
    {"XAF", 0, ACTIVE},        {"XAG", 0, NOT_A_PAYMENT}, {"XAU", 0, NOT_A_PAYMENT},
    {"XBA", 0, NOT_A_PAYMENT}, {"XBB", 0, NOT_A_PAYMENT}, {"XBC", 0, NOT_A_PAYMENT},
    {"XBD", 0, NOT_A_PAYMENT}, {"XCD", 2, ACTIVE},        {"XCG", 2, ACTIVE},
    {"XDR", 0, NOT_A_PAYMENT}, {"XOF", 0, ACTIVE},        {"XPD", 0, NOT_A_PAYMENT},
    {"XPF", 0, ACTIVE},        {"XPT", 0, NOT_A_PAYMENT}, {"XSU", 0, NOT_A_PAYMENT},
    {"XTS", 0, NOT_A_PAYMENT}, {"XUA", 0, NOT_A_PAYMENT}, {"XXX", 0, NOT_A_PAYMENT},
    {"YER", 2, ACTIVE},        {"ZAR", 2, ACTIVE},        {"ZMW", 2, ACTIVE},
    {"ZWG", 2, ACTIVE},        {"ZWL", 2, RETIRED},  // 2024-08-31
}};

}  // namespace

std::span<const Iso4217Entry> iso4217() noexcept { return k_table; }

}  // namespace payhook
