// Running a scenario within a test case.
#pragma once

#include <catch2/catch.hpp>

#include "sim/report.hpp"

// Runs it and shows the whole report when a check after it fails.
#define RUN(report, scenario, seed)                   \
  Report const report = run_scenario(scenario, seed); \
  INFO(to_table(report));                             \
  CHECK(report.violations.empty())
