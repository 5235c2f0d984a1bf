#include "agent/data_file.hpp"

#include <fmt/format.h>

#include "common/config/file_lock.hpp"
#include "common/config/private_file.hpp"

namespace aegis::agent {
namespace {

constexpr std::string_view kNoun = "link data file";
constexpr config::PrivateFileRules kRules{kNoun, 1'000'000, true, false};
// Writing takes milliseconds; who finds it locked writes a little later.
constexpr Duration kPatience = 200ms;

}  // namespace

std::filesystem::path DataFile::beside(const std::filesystem::path& state_file) {
  return std::filesystem::absolute(state_file).parent_path() / "link-data.json";
}

Result<DataUsages> DataFile::load() const {
  auto const content = config::read_private_file(file_, kRules);
  if (!content) return content.error();
  if (!content->has_value()) return DataUsages{};
  auto usages = parse_usages((*content)->expose());
  if (usages) return usages;
  return Error{ErrorKind::kConfiguration, fmt::format("{} {}", kNoun, config::quoted(file_)),
               usages.error().why,
               fmt::format("to count from zero again: rm {}", config::quoted(file_))};
}

Result<DataUsages> DataFile::add(const DataUsages& counted,
                                 const std::function<void(DataUsages&)>& change) const {
  if (auto made = config::make_private_directory(file_.parent_path(), kNoun); !made)
    return made.error();
  auto const lock = config::FileLock::acquire(file_, kNoun, kPatience);
  if (!lock) return lock.error();
  auto usages = load();
  if (!usages) return usages.error();
  for (auto const& [name, usage] : counted) (*usages)[name].add(usage);
  change(*usages);
  if (auto put = config::replace_private_file(file_, write_usages(*usages), kNoun); !put)
    return put.error();
  return usages;
}

}  // namespace aegis::agent
