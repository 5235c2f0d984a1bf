// `aegis stats --fail-if 'loss>1% for 10s'`: when a script is to be told. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace aegis::cli {

// What can be compared, for help and documents: "loss, rate, ...".
std::string condition_names();

class Condition {
 public:
  // FIGURE OP VALUE [for TIME]; OP is one of < <= > >= = !=, VALUE has the figure's unit. kUsage
  // otherwise.
  static Result<Condition> parse(std::string_view text);

  // The reports of one instant, of all that were asked. What is true of any of them is true; of a
  // figure that is not known nothing is. Says what was found once it has been true for as long as
  // it takes.
  std::optional<std::string> look(const std::vector<nlohmann::ordered_json>& reports, Time now);
  // It has been true since the last look, and may come to hold.
  bool is_pending() const { return since_.has_value(); }
  // How long it has to be true.
  Duration span() const { return span_; }
  const std::string& text() const { return text_; }

 private:
  enum class Op { kLess, kLessEqual, kMore, kMoreEqual, kEqual, kNotEqual };
  bool holds(double found) const;

  std::string text_, figure_, word_;  // the word that a state is compared with
  Op op_ = Op::kMore;
  double value_ = 0;
  Duration span_{};
  std::optional<Time> since_;
};

}  // namespace aegis::cli
