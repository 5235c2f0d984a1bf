// The file in which the links' data counts survive restarts and power cuts. Several agents may
// share it: each adds what it has counted itself.
#pragma once

#include <filesystem>

#include "agent/data_usage.hpp"
#include "common/base/result.hpp"

namespace aegis::agent {

// Blocks for the disk's time; main thread.
class DataFile {
 public:
  // link-data.json, beside `state_file`.
  static std::filesystem::path beside(const std::filesystem::path& state_file);
  explicit DataFile(std::filesystem::path file) : file_(std::move(file)) {}

  const std::filesystem::path& path() const { return file_; }

  // Nothing counted when there is no file. kConfiguration when it cannot be believed.
  Result<DataUsages> load() const;
  // Adds `counted` to what the file holds, then calls `change` on the sum, and gives what is on the
  // disk now: either all of it or, on an error, none. kTryLater while another agent writes.
  Result<DataUsages> add(const DataUsages& counted,
                         const std::function<void(DataUsages&)>& change) const;

 private:
  std::filesystem::path file_;
};

}  // namespace aegis::agent
