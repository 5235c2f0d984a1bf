// Errors about an address, with the option that sets it.
#pragma once

#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "common/base/result.hpp"

namespace aegis::relay {

inline Error with_option(Error error, std::string_view option) {
  error.hint = fmt::format(
      "stop what has the port ('ss -ulntp' shows it), or choose another with --{}", option);
  return error;
}

}  // namespace aegis::relay
