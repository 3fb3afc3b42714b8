#include "tests/unit/webhook/counted_allocations.h"

#include <cstdlib>
#include <new>

namespace {

thread_local payhook::Allocations allocations;

}  // namespace

// In a file of their own: where the compiler can see that these end in free(), it warns of every
// other new.
void* operator new(std::size_t bytes) {
  ++allocations.count;
  allocations.bytes += bytes;
  if (void* memory = std::malloc(bytes)) {
    return memory;
  }
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace payhook {

Allocations allocations_of_this_thread() noexcept { return allocations; }

}  // namespace payhook
