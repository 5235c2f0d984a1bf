// The rig's shell of the bond: a thread that owns the links' sockets and the loopback socket
// towards SRT, and moves datagrams between them and bond::BondSender.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/stream.hpp"
#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/bond/sender.hpp"

namespace aegis::agent {

// By the link's name.
using LinkPolicies = std::map<std::string, bond::LinkPolicy, std::less<>>;

struct BondOptions {
  HostPort relay;
  std::vector<LinkSpec> links;
  std::optional<HostPort> proxy;  // where foreign SRT callers come in; else a loopback port
  Duration latency{};             // how old media may become in the bond's own queue
  LinkPolicies policies = {};     // of links that differ from the default
  std::optional<bond::Device> device = {};  // who we are to a relay that we are paired with
};

// One link as it stands, known to the bond or not.
struct LinkStatus {
  std::string name;
  Endpoint address;     // local
  bool open = false;    // has a socket
  std::string trouble;  // why it has none
  bond::LinkFigures figures = {};
  std::optional<double> loss = {};  // of the last seconds, 0 to 1; from the Session
  // What the user wants of it, and what it has carried; from the LinkKeeper.
  LinkSettings settings = {};
  Bytes used_in_day = {}, used_in_month = {};
  std::string off_reason = {};  // empty while it is on
};

struct BondStatus {
  std::optional<Endpoint> relay;
  std::string relay_trouble;  // why there is no address of it
  std::string links_trouble;  // which --link is missing
  std::vector<LinkStatus> links;
  bond::SenderFigures figures;       // its `links` are those of `links` above
  std::uint64_t srt_bytes_in = 0;    // from the local SRT peer
  std::optional<Time> last_data_in;  // of a data packet from it
  std::optional<Endpoint> srt_peer;
  // What each link has carried both ways, with IP and UDP headers; of those that are gone, too.
  std::map<std::string, Bytes, std::less<>> wire_bytes;
  std::uint64_t ticks = 0;         // ten a second while the thread works
  std::uint64_t kernel_drops = 0;  // datagrams for which a link's socket had no room
};

class BondUplink {
 public:
  // Binds the SRT side and starts the thread; everything after that is retried for ever.
  // Errors: kUsage for an impossible --link, kConfiguration or kTryLater for the proxy's address.
  static Result<std::unique_ptr<BondUplink>> start(const BondOptions& options);
  ~BondUplink();
  BondUplink(const BondUplink&) = delete;
  BondUplink& operator=(const BondUplink&) = delete;

  // Where the local SRT caller sends.
  Endpoint srt_address() const;
  // The rest is thread-safe.
  bool registered() const;  // the relay answers on at least one link
  BondStatus status() const;
  // For the link of this name, now and whenever it comes back.
  void set_policy(const std::string& name, const bond::LinkPolicy& policy);
  // Who we are from the next registration on; what runs goes on.
  void set_device(const bond::Device& device);

 private:
  struct Impl;
  explicit BondUplink(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace aegis::agent
