// What an operation that may fail returns: the value, or an Error that a user can act on.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace aegis {

// Kinds of failure; the command line maps each to one exit code (cli/exit.hpp).
enum class ErrorKind {
  kUsage,          // the command was typed wrong
  kBadInput,       // the media input is missing, unreadable or not what it claims
  kUnreachable,    // the relay or another host does not answer
  kTryLater,       // a passing condition: busy, locked, rate limited
  kProtocol,       // the other side speaks something else
  kRefused,        // the other side, or a right, says no
  kConfiguration,  // state or configuration is missing or wrong
  kCondition,      // what the user asked to be told about holds
  kInternal,       // our own bug
};

// A failure in words: `what` failed, because of `why`; `hint` is what to type or check next
// (empty when there is nothing to advise). None of them may hold a secret.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;
  std::string why;
  std::string hint;
};

// A T or an Error. Result<void> is Result<Done>.
struct Done {};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return assert(!ok()), *std::get_if<1>(&state_); }
  const Error& error() const& { return assert(!ok()), *std::get_if<1>(&state_); }
  Error&& error() && { return assert(!ok()), std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Done>;
inline Status success() {
  return Done{};
}

}  // namespace aegis
