// "--name value" pairs of the measuring programs.
#pragma once

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "common/base/result.hpp"

namespace aegis::test {

// Ends the process with a line on stderr and code 64 when the command line is wrong.
class Flags {
 public:
  Flags(int argc, char** argv, std::map<std::string, std::string> defaults)
      : values_(std::move(defaults)) {
    for (int i = 1; i < argc; i += 2) {
      std::string const name = argv[i];
      if (values_.count(name) == 0 || i + 1 == argc) fail("unknown or without a value: " + name);
      values_[name] = argv[i + 1];
    }
  }

  const std::string& text(const std::string& name) const { return values_.at(name); }

  template <typename Parse>
  auto parsed(const std::string& name, Parse parse) const {
    auto result = parse(text(name));
    if (!result) fail(name + ": " + result.error().what);
    return std::move(result).value();
  }

  [[noreturn]] static void fail(const std::string& why) {
    std::cerr << why << "\n";
    std::exit(64);
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace aegis::test
