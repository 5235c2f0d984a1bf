// aegis-linkemu: emulated links between two network namespaces.
#include <iostream>
#include <string>
#include <vector>

#include "emulator/emulator.hpp"

int main(int argc, char** argv) {
  using namespace aegis;
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--help") {
    std::cout << emulator::kUsage;
    return 0;
  }
  auto fail = [](const Error& error) {
    std::cerr << "aegis-linkemu: " << error.what << (error.why.empty() ? "" : ": ") << error.why
              << "\n"
              << error.hint << "\n";
    return error.kind == ErrorKind::kUsage ? 64 : 77;
  };
  auto options = emulator::parse_options(arguments);
  if (!options) return fail(options.error());
  auto emulator = emulator::Emulator::create(std::move(options).value());
  if (!emulator) return fail(emulator.error());
  std::cout << "ready" << std::endl;
  (*emulator)->run();
  std::cout << (*emulator)->summary() << std::endl;
}
