#pragma once

#include <string>

#include "payment/currencies.h"
#include "webhook/source.h"

namespace payhook {

/// A payment that a made-up webhook is to state.
struct SamplePayment {
  std::string transaction_id;
  std::string source_account;
  std::string destination_account;
  std::string amount;  ///< in the currency's whole units, as "5.00"
  std::string currency;
};

/// A body from which this source reads that payment, with as little else as its mapping needs; the
/// mapping's own words count instead of the payment's where it has any, as for a currency that is
/// always the same. Where it makes no payments the body is an event. One that is to be signed
/// within has an empty text there. Throws std::invalid_argument, saying why, where none can be made
/// up, and InvalidField for an amount or currency that is none. Thread-safe.
std::string sample_body(const Source& source, const SamplePayment& payment,
                        const Currencies& currencies);

}  // namespace payhook
