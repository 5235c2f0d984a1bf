// What the user wants of a link, in words and as values: `--link wwan0,weight=2,cap=6M` and
// `aegis link wwan0 off`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/units.hpp"
#include "common/bond/link_policy.hpp"

namespace aegis::agent {

// How much a link may carry, both ways, with IP and UDP headers, as an operator counts it.
struct DataCap {
  enum class Period { kDay, kMonth };
  Bytes amount;
  Period period = Period::kMonth;
  friend bool operator==(const DataCap&, const DataCap&) = default;
};
const char* to_string(DataCap::Period period);  // "day" or "month"
std::string to_string(const DataCap& cap);      // "10.00 GB/month"

struct LinkSettings {
  double weight = 1;
  int priority = 0;
  std::optional<BitRate> cap = std::nullopt;
  std::optional<DataCap> data = std::nullopt;
  bool off = false;
  friend bool operator==(const LinkSettings&, const LinkSettings&) = default;
};

// `off` by the user or, as `spent`, because the data cap is reached.
bond::LinkPolicy policy_of(const LinkSettings& settings, bool spent);

struct LinkChange {
  LinkSettings settings;
  std::optional<Bytes> used = std::nullopt;  // what the operator has counted in this period
};

// `settings` with the change in `text`: a list of weight=N, priority=N, cap=RATE|none,
// data=AMOUNT/day|AMOUNT/month|none, used=AMOUNT, off and on, with commas between them. kUsage when
// one of them is none.
Result<LinkChange> change_settings(const LinkSettings& settings, std::string_view text);

// What differs from the default, as `--link` takes it: "weight=2,off"; empty for the default.
std::string to_text(const LinkSettings& settings);

}  // namespace aegis::agent
