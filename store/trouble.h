#pragma once

#include <exception>

#include "core/log.h"
#include "store/errors.h"

namespace payhook {

/// As what the log tells that the store could not be used: waiting for another program passes by
/// itself, and all else is for an operator.
inline log::Event trouble_event(const std::exception& why) noexcept {
  return dynamic_cast<const StoreTimeout*>(&why) != nullptr ? log::Event::STORE_TROUBLE
                                                            : log::Event::STORE_FAILURE;
}

}  // namespace payhook
