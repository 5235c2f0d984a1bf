#include "sim/ends.hpp"

#include <algorithm>
#include <utility>

namespace aegis::sim {
namespace {

class AegisRig final : public RigEnd {
 public:
  AegisRig(const bond::SenderConfig& config, const bond::GroupToken& seed)
      : machine_(config, seed) {}
  LinkId add_link(Time now, bond::SenderOutput& out) override {
    return machine_.add_link(now, out);
  }
  void remove_link(LinkId link, Time now, bond::SenderOutput& out) override {
    machine_.remove_link(link, now, out);
  }
  void set_policy(LinkId link, const bond::LinkPolicy& policy, Time now,
                  bond::SenderOutput& out) override {
    machine_.set_policy(link, policy, now, out);
  }
  void on_link_datagram(LinkId link, ByteView datagram, Time now,
                        bond::SenderOutput& out) override {
    machine_.on_link_datagram(link, datagram, now, out);
  }
  void on_srt_datagram(ByteView datagram, Time now, bond::SenderOutput& out) override {
    machine_.on_srt_datagram(datagram, now, out);
  }
  void on_timeout(Time now, bond::SenderOutput& out) override { machine_.on_timeout(now, out); }
  Time next_timeout() const override { return machine_.next_timeout(); }
  bool registered() const override { return machine_.registered(); }
  std::optional<bond::SenderFigures> figures(Time now) const override {
    return machine_.figures(now);
  }

 private:
  bond::BondSender machine_;
};

class AegisRelay final : public RelayEnd {
 public:
  AegisRelay(const bond::ReceiverConfig& config, const bond::BondReceiver::TokenKey& key,
             std::vector<bond::Device> devices, bond::ReceiverOutput& out)
      : machine_(config, key) {
    machine_.set_devices(std::move(devices), out);
  }
  void on_link_datagram(const Endpoint& from, ByteView datagram, Time now,
                        bond::ReceiverOutput& out) override {
    machine_.on_link_datagram(from, datagram, now, out);
  }
  void on_srt_datagram(GroupId group, ByteView datagram, Time now,
                       bond::ReceiverOutput& out) override {
    machine_.on_srt_datagram(group, datagram, now, out);
  }
  void on_timeout(Time now, bond::ReceiverOutput& out) override { machine_.on_timeout(now, out); }
  Time next_timeout() const override { return machine_.next_timeout(); }
  std::optional<bond::ReceiverFigures> figures(Time now) const override {
    return machine_.figures(now);
  }

 private:
  bond::BondReceiver machine_;
};

class AlternatingRig final : public RigEnd {
 public:
  explicit AlternatingRig(unsigned burst) : burst_(burst) {}
  LinkId add_link(Time, bond::SenderOutput&) override {
    links_.push_back(LinkId{next_++});
    return links_.back();
  }
  void remove_link(LinkId link, Time, bond::SenderOutput&) override { std::erase(links_, link); }
  void on_link_datagram(LinkId, ByteView datagram, Time, bond::SenderOutput& out) override {
    out.to_srt(datagram);
  }
  void on_srt_datagram(ByteView datagram, Time, bond::SenderOutput& out) override {
    if (links_.empty()) return;
    bool const data = (std::to_integer<unsigned>(datagram[0]) & 0x80) == 0;
    out.to_link(data ? links_[sent_++ / burst_ % links_.size()] : links_.front(), datagram);
  }
  void on_timeout(Time, bond::SenderOutput&) override {}
  Time next_timeout() const override { return kNever; }
  bool registered() const override { return !links_.empty(); }
  std::optional<bond::SenderFigures> figures(Time) const override { return std::nullopt; }

 private:
  unsigned burst_;
  std::uint32_t next_ = 1;
  std::uint64_t sent_ = 0;
  std::vector<LinkId> links_;
};

class PlainRelay final : public RelayEnd {
 public:
  void on_link_datagram(const Endpoint& from, ByteView datagram, Time,
                        bond::ReceiverOutput& out) override {
    if (std::find(seen_.begin(), seen_.end(), from) == seen_.end()) {
      if (seen_.empty()) out.group_opened(GroupId{1}, std::nullopt);
      seen_.push_back(from);
    }
    out.to_srt(GroupId{1}, datagram);
  }
  void on_srt_datagram(GroupId, ByteView datagram, Time, bond::ReceiverOutput& out) override {
    out.to_link(seen_.front(), datagram);
  }
  void on_timeout(Time, bond::ReceiverOutput&) override {}
  Time next_timeout() const override { return kNever; }
  std::optional<bond::ReceiverFigures> figures(Time) const override { return std::nullopt; }

 private:
  std::vector<Endpoint> seen_;
};

}  // namespace

std::unique_ptr<RigEnd> make_aegis_rig(const bond::SenderConfig& config,
                                       const bond::GroupToken& seed) {
  return std::make_unique<AegisRig>(config, seed);
}
std::unique_ptr<RelayEnd> make_aegis_relay(const bond::ReceiverConfig& config,
                                           const bond::BondReceiver::TokenKey& key,
                                           std::vector<bond::Device> devices,
                                           bond::ReceiverOutput& out) {
  return std::make_unique<AegisRelay>(config, key, std::move(devices), out);
}
std::unique_ptr<RigEnd> make_alternating_rig(unsigned burst) {
  return std::make_unique<AlternatingRig>(burst);
}
std::unique_ptr<RelayEnd> make_plain_relay() {
  return std::make_unique<PlainRelay>();
}

}  // namespace aegis::sim
