#include "store/postgresql/upkeep.h"

namespace payhook::postgresql {

bool Autovacuum::step(Deadline /*deadline*/) { return false; }

}  // namespace payhook::postgresql
