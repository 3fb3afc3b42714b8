#pragma once

#include <cstddef>

#include "store/postgresql/session.h"
#include "store/processing_queue.h"

namespace payhook::postgresql {

/// How the queue stands: ProcessingQueue::state(), and count_due() of one that it returned.
QueueState look_at_queue(Session& session);
std::size_t count_due(Session& session, const QueueState& state, Timestamp now,
                      std::size_t at_most);

}  // namespace payhook::postgresql
