// main() of the Catch2 programs that need namespaces.
#define CATCH_CONFIG_RUNNER
#include <iostream>

#include <catch2/catch.hpp>

#include "support/net_namespace.hpp"

int main(int argc, char** argv) {
  if (std::string const why = aegis::test::why_no_namespaces(); !why.empty()) {
    std::cout << "skipped: " << why << "\n";
    return 77;
  }
  return Catch::Session().run(argc, argv);
}
