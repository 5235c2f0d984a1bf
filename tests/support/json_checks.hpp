// Lets Catch2 print JSON values: without it Catch takes them for ranges of themselves, without end.
#pragma once

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

template <>
struct Catch::StringMaker<nlohmann::json> {
  static std::string convert(const nlohmann::json& value) { return value.dump(); }
};
