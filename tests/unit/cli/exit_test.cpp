#include "cli/exit.hpp"

#include <catch2/catch.hpp>

namespace aegis::cli {

TEST_CASE("each kind of error has the exit code that scripts rely on", "[cli]") {
  auto const code = [](ErrorKind kind) { return static_cast<int>(exit_of(kind)); };
  CHECK(static_cast<int>(Exit::kOk) == 0);
  CHECK(code(ErrorKind::kCondition) == 1);
  CHECK(code(ErrorKind::kUsage) == 64);
  CHECK(code(ErrorKind::kBadInput) == 65);
  CHECK(code(ErrorKind::kUnreachable) == 69);
  CHECK(code(ErrorKind::kInternal) == 70);
  CHECK(code(ErrorKind::kTryLater) == 75);
  CHECK(code(ErrorKind::kProtocol) == 76);
  CHECK(code(ErrorKind::kRefused) == 77);
  CHECK(code(ErrorKind::kConfiguration) == 78);
}

}  // namespace aegis::cli
