#include "common/base/exposition.hpp"

#include <cmath>

#include <fmt/core.h>

namespace aegis {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (char const c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

const char* type_of(Exposition::Kind kind, Exposition::Form form) {
  switch (kind) {
    case Exposition::Kind::kCounter:
      return "counter";
    case Exposition::Kind::kGauge:
      return "gauge";
    case Exposition::Kind::kInfo:
      return form == Exposition::Form::kOpenMetrics ? "info" : "gauge";
  }
  return "unknown";
}

const char* suffix_of(Exposition::Kind kind) {
  switch (kind) {
    case Exposition::Kind::kCounter:
      return "_total";
    case Exposition::Kind::kInfo:
      return "_info";
    case Exposition::Kind::kGauge:
      break;
  }
  return "";
}

}  // namespace

void Exposition::family(std::string_view name, Kind kind, std::string_view unit,
                        std::string_view help) {
  name_ = name;
  kind_ = kind;
  unit_ = unit;
  help_ = help;
  begun_ = false;
}

void Exposition::head() {
  if (begun_) return;
  begun_ = true;
  // The older format has no families: what it names is the sample.
  auto const named = form_ == Form::kOpenMetrics ? name_ : name_ + suffix_of(kind_);
  text_ += fmt::format("# TYPE {} {}\n", named, type_of(kind_, form_));
  if (form_ == Form::kOpenMetrics && !unit_.empty())
    text_ += fmt::format("# UNIT {} {}\n", named, unit_);
  text_ += fmt::format("# HELP {} {}\n", named, help_);
}

void Exposition::line(std::string_view suffix, const Labels& labels, std::string_view value) {
  head();
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (auto const& [label, text] : labels) {
    text_ += std::exchange(before, ',');
    text_ += label;
    text_ += "=\"";
    append_escaped(text_, text);
    text_ += '"';
  }
  if (!labels.empty()) text_ += '}';
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

void Exposition::sample(const Labels& labels, std::optional<double> value) {
  if (value && std::isfinite(*value)) line(suffix_of(kind_), labels, fmt::format("{}", *value));
}

void Exposition::count(const Labels& labels, std::optional<std::uint64_t> value,
                       std::optional<WallTime> created) {
  if (!value) return;
  line(suffix_of(kind_), labels, std::to_string(*value));
  if (!created || form_ != Form::kOpenMetrics) return;
  line("_created", labels, fmt::format("{:.3f}", to_seconds(created->time_since_epoch())));
}

std::string Exposition::finish() && {
  if (form_ == Form::kOpenMetrics) text_ += "# EOF\n";
  return std::move(text_);
}

Exposition::Form exposition_form(std::string_view accept) {
  bool const newer = accept.find("application/openmetrics-text") != std::string_view::npos;
  bool const older = accept.find("text/plain") != std::string_view::npos;
  return older && !newer ? Exposition::Form::kClassic : Exposition::Form::kOpenMetrics;
}

const char* content_type(Exposition::Form form) {
  return form == Exposition::Form::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace aegis
