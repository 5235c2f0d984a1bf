// Network namespaces of a test's own.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace aegis::test {

// Why namespaces, TUN devices or the ip program cannot be used here; empty when they can.
std::string why_no_namespaces();

// Exists as long as the object; loopback is up. Namespaces of test runs that have crashed are
// deleted on the way. Throws std::runtime_error when the system refuses.
class NetNamespace {
 public:
  explicit NetNamespace(const std::string& label);
  ~NetNamespace();
  NetNamespace(const NetNamespace&) = delete;
  NetNamespace& operator=(const NetNamespace&) = delete;

  const std::string& name() const { return name_; }
  // `ip -n NAME arguments`; throws when it fails.
  void ip(const std::string& arguments) const;
  // Runs `work` on a thread of its own inside; sockets made there stay there.
  void inside(const std::function<void()>& work) const;

 private:
  std::string name_;
};

// Moves the calling thread. For a child between fork and exec, too: async-signal-safe.
bool enter_namespace(int namespace_fd);

}  // namespace aegis::test
