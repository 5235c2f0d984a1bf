// Figures as Prometheus and its relatives scrape them, in OpenMetrics 1.0 text or in the older
// text format 0.0.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/time.hpp"

namespace aegis {

class Exposition {
 public:
  enum class Form { kOpenMetrics, kClassic };
  enum class Kind { kCounter, kGauge, kInfo };
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  explicit Exposition(Form form) : form_(form) {}

  // Begins a family; it is written with its first sample, so that one without any is absent. `name`
  // ends in `unit`, where there is one, and has no suffix of its kind (_total, _info).
  void family(std::string_view name, Kind kind, std::string_view unit, std::string_view help);
  // Of the family begun last. What is not known, or no number, is left out.
  void sample(const Labels& labels, std::optional<double> value);
  // Of a counter; `created` says since when it counts.
  void count(const Labels& labels, std::optional<std::uint64_t> value,
             std::optional<WallTime> created = std::nullopt);

  std::string finish() &&;

 private:
  void head();
  void line(std::string_view suffix, const Labels& labels, std::string_view value);

  Form form_;
  std::string name_, unit_, help_;
  Kind kind_ = Kind::kGauge;
  bool begun_ = false;  // the family's head is written
  std::string text_;
};

// Which form a request with this Accept header wants: the older one only when it names that and
// not the newer.
Exposition::Form exposition_form(std::string_view accept);
const char* content_type(Exposition::Form form);

}  // namespace aegis
