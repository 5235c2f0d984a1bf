// The inside of BondReceiver, shared by the files that implement it: receiver.cpp (data, time) and
// receiver_registration.cpp (who may join what).
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "common/bond/packet_pool.hpp"
#include "common/bond/proof.hpp"
#include "common/bond/receiver.hpp"
#include "common/bond/receiver_group.hpp"
#include "common/bond/registration_token.hpp"
#include "common/bond/source_limiter.hpp"

namespace aegis::bond {

using ClientHalf = std::array<std::byte, kGroupIdHalf>;
// By which a group is known to its links.
ClientHalf client_half(const GroupToken& token);

struct BondReceiver::Impl {
  Impl(const ReceiverConfig& settings, const TokenKey& key);

  struct LinkRef {
    ReceiverGroup* group;
    std::size_t slot;
  };

  ReceiverConfig config;
  RegistrationTokens tokens;
  RelayProof proof;
  std::vector<Device> devices;
  Duration unix_offset{};
  SourceLimiter registrations, unknown_answers;
  PacketPool pool;
  std::unordered_map<GroupId, std::unique_ptr<ReceiverGroup>> groups;
  std::map<ClientHalf, GroupId> by_client;  // ordered: nobody can make its look-ups collide
  std::unordered_map<Endpoint, LinkRef> by_address;
  std::vector<GroupId> ticking;  // groups with packets behind a gap, or a report to send
  std::uint32_t next_group_id = 1;
  Time next_sweep{};
  Time next_tick = kNever;
  // Answers to datagrams of unknown sources: enough for every rig after a restart, no use to a
  // flood.
  static constexpr int kUnknownAnswersPerSweep = 1000;
  int unknown_answers_left = kUnknownAnswersPerSweep;
  ReceiverFigures counts;

  void on_srtla(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_registration(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_reg1(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void answer_claim(const RelayProof::Claim& claim, const GroupToken& asked, const Endpoint& from,
                    Time now, ReceiverOutput& out);
  void on_reg2(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_proved_reg2(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  std::optional<GroupProof> proof_of(const GroupToken& token, Time now) const;
  const Device* claimant(const GroupToken& token) const;
  void join(ReceiverGroup& group, const Endpoint& from, ByteView reg2, const Frame& reg3, Time now,
            ReceiverOutput& out);
  void on_keepalive(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_link_frame(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void on_srt(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);
  void answer_unknown(const Endpoint& from, ByteView datagram, Time now, ReceiverOutput& out);

  ReceiverGroup* group_of(const GroupToken& token, Time now, ReceiverOutput& out);
  ReceiverGroup* make_group(const GroupToken& token, std::optional<GroupProof> proved, Time now,
                            ReceiverOutput& out);
  bool make_room(Time now, ReceiverOutput& out);
  bool leave_other_group(const Endpoint& from, const ReceiverGroup& group, Time now,
                         ReceiverOutput& out);
  void forget_address(const Endpoint& address, ReceiverOutput& out);
  void registered(ReceiverGroup& group, std::size_t slot, ByteView reg2, const Frame& reg3,
                  Time now, ReceiverOutput& out);
  void refuse(const Endpoint& to, PacketType type, ReceiverOutput& out);
  void close(GroupId id, GroupEnd why, ReceiverOutput& out);
  void sweep(Time now, ReceiverOutput& out);
  void note_ticks(ReceiverGroup& group, Time now);
};

}  // namespace aegis::bond
