#pragma once

#include "payment/currencies.h"
#include "service/config/section.h"

namespace payhook {

/// [currencies]: adds those that ISO 4217 does not have, or has otherwise.
void read_currencies(ConfigSection& section, Currencies& currencies);

}  // namespace payhook
