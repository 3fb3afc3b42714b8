#pragma once

#include <string>
#include <utility>

#include "daemon/handlers/handlers.h"
#include "payment/currencies.h"

namespace payhook::test {

/// A transaction of 12.5 EUR, claimed for the third time.
inline ClaimedTransaction claimed(const std::string& id = "pi_1", const std::string& body = "{}",
                                  const std::string& headers = "") {
  const Currency currency = Currencies().find("EUR");
  return {{7, 3},
          3,
          "stripe",
          Transaction(id, "acc_1", "acc_2", Amount::parse("12.50", currency), currency.code),
          body,
          headers,
          parse_timestamp("2025-11-08T14:31:00.123Z")};
}

inline Delivery delivery(HandlerConfig handler, ClaimedTransaction transaction = claimed()) {
  return {std::move(transaction), std::make_shared<const HandlerConfig>(std::move(handler))};
}

}  // namespace payhook::test
