// Below Service: answers and problems in one line.
#ifndef VOIZK_SERVICE_API_ANSWERS_H_
#define VOIZK_SERVICE_API_ANSWERS_H_

#include <nlohmann/json.hpp>
#include <string>

#include "service/api/problem.h"
#include "service/http/http.h"

namespace voizk {

inline HttpResponse JsonAnswer(int status, const nlohmann::ordered_json& json) {
  return {.status = status,
          .content_type = "application/json",
          .body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
          .headers = {}};
}

inline Problem BadRequest(std::string detail) { return {400, "bad-request", std::move(detail), 0}; }

}  // namespace voizk

#endif  // VOIZK_SERVICE_API_ANSWERS_H_
