#include "api/refusal.h"

#include "api/responses.h"
#include "core/log.h"

namespace payhook {

HttpResponse refusal(const HttpRequest& request, const std::exception& why) {
  HttpResponse response = error_response(why);
  const log::Request name{request.id};
  if (response.status == 401) {
    log::report(log::Event::UNAUTHORIZED, name, "refused with 401: {}", why.what());
  } else if (response.status == 503) {
    log::report(log::Event::UNAVAILABLE, name, "answered 503: {}", why.what());
  } else {
    log::report(log::Event::REFUSED, name, "refused with {}: {}", int{response.status}, why.what());
  }
  return response;
}

}  // namespace payhook
