// main() of the Catch2 programs that need nothing.
#include "support/catch_run.hpp"

int main(int argc, char** argv) {
  return aegis::test::run_tests(argc, argv);
}
