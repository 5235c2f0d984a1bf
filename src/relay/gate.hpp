// Lets SRT callers in or turns them away, and counts why.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "common/base/cidr.hpp"
#include "common/base/endpoint.hpp"
#include "common/os/srt_socket.hpp"
#include "relay/access.hpp"
#include "relay/access_store.hpp"
#include "relay/group_directory.hpp"
#include "relay/session/table.hpp"

namespace aegis::relay {

// Each has a reject code of its own that the caller is told, and a counter of its own.
enum class Refusal : std::size_t {
  kNoStreamId,
  kMalformedStreamId,
  kUnknownKey,
  kWrongRight,  // a play key used to publish, or the reverse
  kConflict,    // another publisher has the stream
  kOverload,    // as many connections as the relay takes
  kAddress,     // outside of the networks that may call
  kDraining,    // the relay takes nobody for a stream without a session any more
  kDevice,      // the stream is a paired rig's, or the paired rig's stream is another
  kPassphrase,  // wrong, missing or not expected: found by libsrt itself
  kCount,
};
const char* to_string(Refusal refusal);
os::SrtReject reject_code(Refusal refusal);
// What figures call each of them.
inline constexpr std::pair<Refusal, const char*> kRefusalNames[] = {
    {Refusal::kNoStreamId, "no_stream_id"}, {Refusal::kMalformedStreamId, "malformed_stream_id"},
    {Refusal::kUnknownKey, "unknown_key"},  {Refusal::kWrongRight, "wrong_right"},
    {Refusal::kConflict, "conflict"},       {Refusal::kOverload, "overload"},
    {Refusal::kAddress, "address"},         {Refusal::kDraining, "draining"},
    {Refusal::kDevice, "device"},           {Refusal::kPassphrase, "passphrase"}};
static_assert(std::size(kRefusalNames) == static_cast<std::size_t>(Refusal::kCount));

// What a caller at the door for `door` with this stream id may do.
std::variant<Grant, Refusal> judge(const Access& access, Right door, std::string_view stream_id);

// Thread-safe: libsrt's threads ask for admission, the media server keeps the books.
class Gate {
 public:
  // Connections, publishers and players together.
  static constexpr std::size_t kMaxConnections = 2048;

  // With `require_proof` paired rigs publish and nobody else.
  Gate(const AccessStore& store, const GroupDirectory& groups, AddressRules callers,
       session::SecondPublisher second, bool require_proof)
      : store_(store),
        groups_(groups),
        require_proof_(require_proof),
        callers_(std::move(callers)),
        second_publisher_(second) {}

  // For whoever calls from now on.
  void set_rules(AddressRules callers, session::SecondPublisher second);
  // From now on only for streams that have a session.
  void drain();
  bool admits(const Endpoint& from) const;

  // libsrt's listener hook: before the connection is made.
  os::SrtSocket::Admission admit(Right door, const os::SrtSocket::Caller& caller);
  // The same at a door that others than our own bond can reach.
  os::SrtSocket::Admission admit_stranger(Right door, const os::SrtSocket::Caller& caller);
  // Asked again once it is made, for the grant that the session then stands on.
  std::variant<Grant, Refusal> grant(Right door, const os::SrtSocket::Caller& caller);
  // Is the stream of `grant` none that a publisher by `group`, or by none, may have, for want of a
  // device?
  bool is_others(const Access& access, const Grant& grant,
                 const std::optional<GroupDirectory::Entry>& group) const;

  // Which streams have a publisher that sends, and from where. One that has fallen silent has none:
  // whoever comes takes its place.
  void occupy(const std::string& stream, const Endpoint& publisher);
  void vacate(const std::string& stream);
  // May a publisher from there not have the stream now? The same address always may: that is an
  // encoder that restarted behind its bond before its old connection was seen to be dead.
  bool is_taken(const std::string& stream, const Endpoint& from) const;
  void open_session(const std::string& stream);
  void close_session(const std::string& stream);
  void set_connections(std::size_t count) { connections_ = count; }

  void count(Refusal refusal, const Endpoint& from);
  std::uint64_t refusals(Refusal refusal) const;
  // The last caller that was refused so, for the log.
  Endpoint last_refused(Refusal refusal) const;

 private:
  bool drains_away(const std::string& stream) const;
  os::SrtSocket::Admission refuse(Refusal refusal, const Endpoint& from);

  static constexpr auto kRefusals = static_cast<std::size_t>(Refusal::kCount);
  struct Tally {
    std::uint64_t count = 0;
    Endpoint last;
  };

  const AccessStore& store_;
  const GroupDirectory& groups_;
  const bool require_proof_;
  std::atomic<std::size_t> connections_{0};
  mutable std::mutex mutex_;
  AddressRules callers_;  // guarded by mutex_, as is all below
  session::SecondPublisher second_publisher_;
  bool draining_ = false;
  std::set<std::string> sessions_;  // streams that have one
  std::array<Tally, kRefusals> tallies_;
  std::map<std::string, Endpoint> occupied_;
};

}  // namespace aegis::relay
