#include "store/postgresql/recorded_acts.h"

namespace payhook::postgresql {

namespace {

constexpr Statement k_record{"payhook_record", R"sql(
  INSERT INTO operations (at, operation, transaction_row, who, why)
  VALUES ($1::timestamptz, $2::text, $3::bigint, $4::text, $5::text)
)sql"};

}  // namespace

void record_act(ScopedTransaction& transaction, std::string_view operation,
                std::optional<std::int64_t> row, const Act& act) {
  Parameters parameters;
  parameters.add(act.at).add(operation);
  if (row) {
    parameters.add(*row);
  } else {
    parameters.add_null();
  }
  transaction.add(k_record, parameters.add(storable(act.who)).add(storable(act.why)));
}

}  // namespace payhook::postgresql
