// Emulated links between two namespaces, commanded by a test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/process.hpp"

namespace aegis::test {

// One link as the command line of aegis-linkemu takes it.
struct LinkSpec {
  std::string name;
  std::string a, b;      // addresses of the two devices, joined by '+'
  std::string route;     // what side a reaches over it
  std::string up, down;  // profiles; empty: perfect
  std::string nat = {};
};

// Link number `index` of a rig with links m0, m1, ...: subnets of its own, IPv4 and IPv6, with a
// route to the relay of relay_addresses().
LinkSpec rig_link(int index, const std::string& up, const std::string& down);

// What relays in tests listen on, reachable over each rig_link().
inline constexpr const char* kRelayV4 = "10.99.0.1";
inline constexpr const char* kRelayV6 = "fd99::1";

// Gives `host` these two addresses, beside those of its ends of the links: a program that listens
// on every address and leaves it to the kernel where it answers from is not heard.
void add_relay_addresses(const NetNamespace& host);

class EmulatedLinks {
 public:
  // Returns when the links are up; throws when they do not come up. `a` is the rig's side.
  EmulatedLinks(const NetNamespace& a, const NetNamespace& b, const std::vector<LinkSpec>& links,
                const std::filesystem::path& logs, const std::vector<std::string>& options = {});

  // "m0 down", "m0 up.rate 3M", ...: throws when the emulator says no.
  std::string command(const std::string& line);
  // {"links":[{"name":..,"up":{..},"down":{..}}]}
  nlohmann::json stats();

 private:
  std::filesystem::path socket_path_;
  std::unique_ptr<Process> process_;
  os::Fd socket_;
};

}  // namespace aegis::test
