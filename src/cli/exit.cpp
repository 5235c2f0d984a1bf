#include "cli/exit.hpp"

#include <cstdio>
#include <string_view>

#include <fmt/core.h>

#include "cli/terminal.hpp"

namespace aegis::cli {
namespace {

// For errors that came without advice of their own: a hint is promised with each.
std::string_view general_hint(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return "aegis --help";
    case ErrorKind::kBadInput:
      return "check the input with: ffprobe INPUT";
    case ErrorKind::kUnreachable:
      return "check that the other side runs: aegis stats";
    case ErrorKind::kTryLater:
      return "try the same command again in a moment";
    case ErrorKind::kProtocol:
      return "compare the versions of both sides: aegis --version";
    case ErrorKind::kRefused:
      return "check the keys: aegis pair list";
    case ErrorKind::kConfiguration:
      return "man aegis";
    case ErrorKind::kCondition:
      return "aegis stats";
    case ErrorKind::kInternal:
      break;
  }
  return "this is a bug: report it with the command and `aegis --version`";
}

}  // namespace

Exit exit_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return Exit::kUsage;
    case ErrorKind::kBadInput:
      return Exit::kBadInput;
    case ErrorKind::kUnreachable:
      return Exit::kUnreachable;
    case ErrorKind::kTryLater:
      return Exit::kTryLater;
    case ErrorKind::kProtocol:
      return Exit::kProtocol;
    case ErrorKind::kRefused:
      return Exit::kRefused;
    case ErrorKind::kConfiguration:
      return Exit::kConfiguration;
    case ErrorKind::kCondition:
      return Exit::kCondition;
    case ErrorKind::kInternal:
      break;
  }
  return Exit::kInternal;
}

void print_error(const Error& error) {
  auto const what = escaped(error.what);
  auto const why = escaped(error.why);
  auto const hint =
      error.hint.empty() ? std::string(general_hint(error.kind)) : escaped(error.hint);
  fmt::print(stderr, "aegis: {}{}{}\nhint: {}\n", what, what.empty() || why.empty() ? "" : ": ",
             why, hint);
}

Exit finish(const Status& status) {
  if (status) return Exit::kOk;
  print_error(status.error());
  return exit_of(status.error().kind);
}

}  // namespace aegis::cli
