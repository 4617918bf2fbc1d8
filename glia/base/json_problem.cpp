#include "glia/base/json_problem.h"

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia {

std::string json_problem(const nlohmann::json::exception& error) {
  if (const auto* parse = dynamic_cast<const nlohmann::json::parse_error*>(&error))
    return fmt::format("it is no JSON from byte {} on", parse->byte);
  const std::string_view what = error.what();  // "[json.exception.type_error.302] ..."
  const auto end = what.find("] ");
  return shown(end == what.npos ? what : what.substr(end + 2), 200);
}

}  // namespace glia
