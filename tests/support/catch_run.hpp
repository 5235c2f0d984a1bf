// Catch2's runner, built once for all programs: it takes a minute with sanitizers.
#pragma once

namespace aegis::test {

// What main() returns.
int run_tests(int argc, char** argv);

}  // namespace aegis::test
