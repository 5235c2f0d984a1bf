// Runs `aegis` once with nothing in its environment but a home of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace aegis::test {

class Runner {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // Words to an outcome; `environment` is added to the bare one, in which every place that aegis
  // looks at lies in home().
  Outcome operator()(const std::vector<std::string>& words,
                     const Environment& environment = {}) const;
  // The same, started and not waited for.
  Command command(const std::vector<std::string>& words, const Environment& environment = {}) const;

  const TempDir& home() const { return home_; }
  std::string state_file() const;

 private:
  TempDir home_;
};

// Lines of `text`, the last one ended or not.
std::vector<std::string> lines(const std::string& text);

// Nothing on stdout, this exit code, and exactly the two lines of an error; gives "what: why".
std::string error_of(const Outcome& outcome, int code);
// The hint of the same two lines, without "hint: ".
std::string hint_of(const Outcome& outcome);

}  // namespace aegis::test
