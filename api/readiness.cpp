#include "api/readiness.h"

#include <exception>

#include "json/writer.h"

namespace payhook {

std::vector<std::string> hindrances(Statistics& statistics) {
  std::vector<std::string> hindrances;
  try {
    const StoreVitals vitals = statistics.vitals();
    if (vitals.disk_bytes_left && *vitals.disk_bytes_left < k_no_disk_bytes) {
      hindrances.emplace_back("the disk of the database is nearly full");
    }
    if (!vitals.is_being_processed) {
      hindrances.emplace_back("no processor has the database open");
    }
  } catch (const std::exception&) {
    hindrances.emplace_back("the database cannot be read");
  }
  return hindrances;
}

HttpResponse readiness_response(const std::vector<std::string>& hindrances) {
  if (hindrances.empty()) {
    return {200, JsonObjectWriter().string("status", "READY").finish()};
  }
  std::vector<std::string> reasons;
  reasons.reserve(hindrances.size());
  for (const std::string& each : hindrances) {
    reasons.push_back(json_string(each));
  }
  return {503, JsonObjectWriter().string("status", "NOT_READY").array("reasons", reasons).finish()};
}

}  // namespace payhook
