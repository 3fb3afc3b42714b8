#pragma once

#include <string>

#include "payment/amount.h"
#include "payment/currencies.h"

namespace payhook {

/// A sum that was kept as a floating-point number.
struct FloatAmount {
  Amount amount;
  std::string doubt;  ///< what had to be decided; empty where it is plain
};

/// The sum that a number stands for: that of the shortest decimal that reads as this number, which
/// is what was sent if it had at most 15 digits. Where that has more places than the currency, but
/// only for want of precision (as 0.1 + 0.2 has), it is rounded. Throws InvalidField where it has
/// more in earnest, and as Amount::parse() does.
FloatAmount amount_of_float(double value, const Currency& currency);

}  // namespace payhook
