// How much data each link has carried in the running day and month. Pure: the date is handed in.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agent/link_settings.hpp"
#include "common/base/result.hpp"
#include "common/base/units.hpp"

namespace aegis::agent {

using Date = std::chrono::year_month_day;

// One link's count. The newest day and month ever seen are the running ones: a clock that goes back
// (after a boot without one, say) opens no new period and clears nothing.
struct DataUsage {
  Date day{}, month{};  // of `month` only year and month count
  Bytes in_day, in_month;

  void add(Bytes amount, Date today);
  // Adds what somebody else has counted of the same link.
  void add(const DataUsage& other);
  // From now on this is what `period` has come to, whatever was seen before.
  void set(DataCap::Period period, Bytes amount, Date today);
  Bytes in(DataCap::Period period, Date today) const;

  friend bool operator==(const DataUsage&, const DataUsage&) = default;

 private:
  void open(Date today);
};

using DataUsages = std::map<std::string, DataUsage, std::less<>>;

// As one JSON document, and back; kConfiguration when it is none.
std::string write_usages(const DataUsages& usages);
Result<DataUsages> parse_usages(std::string_view text);

}  // namespace aegis::agent
