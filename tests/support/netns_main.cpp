// main() of the Catch2 programs that need namespaces.
#include <iostream>

#include "support/catch_run.hpp"
#include "support/net_namespace.hpp"

int main(int argc, char** argv) {
  if (std::string const why = aegis::test::why_no_namespaces(); !why.empty()) {
    std::cout << "skipped: " << why << "\n";
    return 77;
  }
  return aegis::test::run_tests(argc, argv);
}
