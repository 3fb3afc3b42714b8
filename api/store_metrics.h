#pragma once

#include "metrics/scrape.h"
#include "service/config/config.h"
#include "store/statistics.h"

namespace payhook {

/// Adds what the store has counted, and how it stands. What cannot come any more, the webhooks of
/// sources that are not configured, is left out. Where the store cannot be read, payhook_store_up
/// is 0, and all that it would have told is left out. It never throws for the store's sake.
void add_store_metrics(Scrape& scrape, Statistics& statistics, const Config& config, Timestamp now);

}  // namespace payhook
