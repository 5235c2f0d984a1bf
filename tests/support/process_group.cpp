#include "support/process_group.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

namespace aegis::test {
namespace {

// The fields of /proc/PID/stat after the name, which may contain anything (proc(5)): state is 3.
struct Stat {
  int group = 0;
  double cpu_seconds = 0;
  std::uint64_t resident_kb = 0;
};

Stat read_stat(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::string line;
  std::getline(file, line);
  auto const name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string state, skipped;
  int parent = 0;
  Stat stat;
  fields >> state >> parent >> stat.group;
  for (int field = 6; field <= 13; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  for (int field = 16; field <= 23; ++field) fields >> skipped;
  std::uint64_t pages = 0;
  fields >> pages;
  stat.cpu_seconds = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  stat.resident_kb = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  return stat;
}

}  // namespace

ResourceUse use_of_group(int pgid) {
  ResourceUse use;
  for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
    auto const name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    auto const stat = read_stat(entry.path());
    if (stat.group != pgid) continue;
    use.cpu_seconds += stat.cpu_seconds;
    use.resident_kb += stat.resident_kb;
  }
  return use;
}

}  // namespace aegis::test
