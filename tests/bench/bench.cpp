// aegis-bench: the figures of the main job. `--quick` takes a tenth of the time, for a
// look; a name runs that measurement alone. `table` is the long one, with options of its own.
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "bench/figures.hpp"
#include "bench/table.hpp"
#include "support/net_namespace.hpp"

using namespace aegis;

namespace {

struct Measurement {
  std::string name, what;
  std::function<nlohmann::json()> run;
};

std::vector<Measurement> measurements(bool quick) {
  Duration const minute = quick ? Duration(8s) : Duration(60s);
  return {{"two_links", "8 Mbit/s over 6 Mbit/s 30 ms 0.1 % and 4 Mbit/s 60 ms 0.5 %, 2 s latency",
           [=] { return bench::two_links(minute); }},
          {"dark_in_turn", "3 Mbit/s while each link in turn is dark",
           [=] { return bench::dark_in_turn(quick ? Duration(3s) : Duration(10s)); }},
          {"processor_time", "CPU seconds per minute of an 8 Mbit/s stream",
           [=] { return bench::processor_time(minute); }},
          {"first_picture", "start of `aegis stream` to the first decoded picture, 100 ms RTT",
           [=] { return bench::first_picture(quick ? 1 : 5); }},
          {"scale", "streams of 4 Mbit/s over two links with a player each",
           [=] { return bench::scale(quick ? Duration(3s) : Duration(20s)); }},
          {"idle", "a relay with nothing to do, and streams beside idle groups",
           [=] { return bench::idle(quick ? Duration(3s) : Duration(20s)); }}};
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  bool quick = false;
  std::string only;
  for (const std::string& argument : arguments) {
    if (argument == "--quick") {
      quick = true;
    } else {
      only = argument;  // the name of one measurement
    }
  }
  if (std::string const why = test::why_no_namespaces(); !why.empty()) {
    std::cout << "skipped: " << why << "\n";
    return 77;
  }
  if (!arguments.empty() && arguments[0] == "table")
    return bench::table({arguments.begin() + 1, arguments.end()});
  nlohmann::json all;
  int failed = 0;
  for (const Measurement& measurement : measurements(quick)) {
    if (!only.empty() && measurement.name != only) continue;
    std::cout << "== " << measurement.name << ": " << measurement.what << std::endl;
    try {
      all[measurement.name] = measurement.run();
      std::cout << all[measurement.name].dump(2) << std::endl;
    } catch (const std::exception& error) {
      ++failed;
      std::cout << "failed: " << error.what() << std::endl;
    }
  }
  std::cout << all.dump() << std::endl;
  return failed == 0 ? 0 : 1;
}
