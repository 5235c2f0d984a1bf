#include "common/os/errors.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include <fmt/core.h>

namespace aegis::os {
namespace {

ErrorKind kind_of(int code, ErrorKind otherwise) {
  switch (code) {
    case EACCES:
    case EPERM:
      return ErrorKind::kRefused;
    case EADDRINUSE:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return ErrorKind::kTryLater;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ETIMEDOUT:
      return ErrorKind::kUnreachable;
    case EADDRNOTAVAIL:
    case ENAMETOOLONG:
    case ENODEV:
    case ENOENT:
    case ENOTDIR:
    case EROFS:
      return ErrorKind::kConfiguration;
    default:
      return otherwise;
  }
}

}  // namespace

std::string errno_text(int code) {
  return std::generic_category().message(code);
}

Error system_error(int code, std::string what, std::string hint, ErrorKind otherwise) {
  return {kind_of(code, otherwise), std::move(what), errno_text(code), std::move(hint)};
}

void fatal_errno(const char* what) {
  int const code = errno;
  fmt::print(stderr, "aegis: {}: {}\n", what, errno_text(code));
  std::abort();
}

}  // namespace aegis::os
