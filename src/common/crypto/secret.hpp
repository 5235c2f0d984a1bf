// The one type that may hold a secret.
#pragma once

#include <string>
#include <string_view>

namespace aegis::crypto {

// Bytes that no formatter, log, argv or URL can print: there is no operator<<, no conversion and no
// fmt formatter. Memory is wiped when it goes. Equality takes constant time (CRYPTO_memcmp).
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return bytes_.empty(); }
  std::size_t size() const { return bytes_.size(); }
  // For the few places that must hand it on (libsrt, the state file, an answer the user asked for).
  // Each call is a place that a review looks at.
  std::string_view expose() const { return bytes_; }

  friend bool operator==(const Secret& a, const Secret& b) { return a.equals(b); }

 private:
  bool equals(const Secret& other) const;
  void wipe();
  std::string bytes_;
};

}  // namespace aegis::crypto
