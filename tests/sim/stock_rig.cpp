#include "sim/stock_rig.hpp"

#include <algorithm>
#include <vector>

#include "sim/rng.hpp"
#include "sim/srt_format.hpp"
#include "sim/srtla_format.hpp"

namespace aegis::sim {
namespace {

constexpr int kWindowUnit = 1000, kWindowMin = 1, kWindowStart = 20, kWindowMax = 60;
constexpr int kNakCost = 100, kAckGain = 29, kAckGainAll = 1;
constexpr std::size_t kLog = 256;
constexpr Duration kSilence = 4s, kHousekeeping = 1s, kIdle = 1s;
constexpr std::uint32_t kNothing = 0xffffffff;

struct Link {
  LinkId id;
  int window = kWindowStart * kWindowUnit;
  int in_flight = 0;
  bool heard = false;
  Time last_heard{}, last_sent{};
  std::array<std::uint32_t, kLog> log{};
  std::size_t log_at = 0;

  bool live(Time now) const { return heard && now - last_heard < kSilence; }
  void forget() {
    window = kWindowMin * kWindowUnit;
    in_flight = 0;
    log.fill(kNothing);
  }
  bool take_from_log(std::uint32_t sequence) {
    auto const found = std::find(log.begin(), log.end(), sequence);
    if (found == log.end()) return false;
    *found = kNothing;
    return true;
  }
  void clamp() { window = std::clamp(window, kWindowMin * kWindowUnit, kWindowMax * kWindowUnit); }
};

class StockRig final : public RigEnd {
 public:
  explicit StockRig(std::uint64_t seed) {
    Rng rng(seed);
    for (auto& byte : key_) byte = static_cast<std::byte>(rng.below(256));
  }

  LinkId add_link(Time now, bond::SenderOutput& out) override {
    Link link;
    link.id = LinkId{next_id_++};
    link.log.fill(kNothing);
    links_.push_back(link);
    if (housekeeping_ == kNever) housekeeping_ = now;
    register_link(links_.back(), now, out);
    return link.id;
  }
  void remove_link(LinkId id, Time, bond::SenderOutput&) override {
    std::erase_if(links_, [&](const Link& link) { return link.id == id; });
  }
  void on_link_datagram(LinkId id, ByteView datagram, Time now, bond::SenderOutput& out) override;
  void on_srt_datagram(ByteView datagram, Time now, bond::SenderOutput& out) override;
  void on_timeout(Time now, bond::SenderOutput& out) override;
  Time next_timeout() const override { return housekeeping_; }
  bool registered() const override {
    return std::any_of(links_.begin(), links_.end(), [](const Link& link) { return link.heard; });
  }
  std::optional<bond::SenderFigures> figures(Time) const override { return std::nullopt; }

 private:
  void send(Link& link, ByteView datagram, Time now, bond::SenderOutput& out) {
    link.last_sent = now;
    out.to_link(link.id, datagram);
  }
  void register_link(Link& link, Time now, bond::SenderOutput& out) {
    send(link, srtla::Registration(srtla::kReg2, key_).bytes, now, out);
  }
  void on_no_group(Link& link, Time now, bond::SenderOutput& out);
  void on_new_group(Link& link, ByteView datagram, Time now, bond::SenderOutput& out);
  void on_srtla_ack(ByteView datagram);
  void on_srt_ack(ByteView datagram);
  void on_srt_nak(ByteView datagram);

  srtla::GroupKey key_{};
  std::vector<Link> links_;
  std::uint32_t next_id_ = 1;
  Time housekeeping_ = kNever;
  std::optional<LinkId> asked_on_;  // REG1 is pending there
  Time ask_again_{};
};

void StockRig::on_no_group(Link& link, Time now, bond::SenderOutput& out) {
  bool const any =
      std::any_of(links_.begin(), links_.end(), [&](const Link& other) { return other.live(now); });
  if (any || now < ask_again_) return;
  asked_on_ = link.id;
  ask_again_ = now + kSilence;
  send(link, srtla::Registration(srtla::kReg1, key_).bytes, now, out);
}

void StockRig::on_new_group(Link& link, ByteView datagram, Time now, bond::SenderOutput& out) {
  if (asked_on_ != link.id || datagram.size() != srtla::kRegSize) return;
  srtla::GroupKey const key = srtla::key_of(datagram);
  if (!std::equal(key.begin(), key.begin() + 128, key_.begin())) return;
  key_ = key;
  asked_on_.reset();
  ask_again_ = now + kSilence;
  for (Link& each : links_) register_link(each, now, out);
}

void StockRig::on_link_datagram(LinkId id, ByteView datagram, Time now, bond::SenderOutput& out) {
  auto const found =
      std::find_if(links_.begin(), links_.end(), [&](const Link& link) { return link.id == id; });
  if (found == links_.end() || datagram.size() < 2) return;
  Link& link = *found;
  std::uint16_t const type = srtla::type_of(datagram);
  if (type == srtla::kRegNgp) return on_no_group(link, now, out);
  if (type == srtla::kReg2) return on_new_group(link, datagram, now, out);
  if (type == srtla::kRegErr) return;
  link.heard = true;
  link.last_heard = now;
  if (type == srtla::kAck) return on_srtla_ack(datagram);
  if (type == srtla::kReg3 || type == srtla::kKeepalive) return;
  if (datagram.size() >= kSrtHeader && !is_data(datagram)) {
    if (control_of(datagram) == SrtControl::kAck) on_srt_ack(datagram);
    if (control_of(datagram) == SrtControl::kNak) on_srt_nak(datagram);
  }
  out.to_srt(datagram);
}

void StockRig::on_srtla_ack(ByteView datagram) {
  for (std::size_t at = 4; at + 4 <= datagram.size(); at += 4) {
    std::uint32_t const sequence = load_u32(datagram, at);
    for (Link& link : links_) {
      if (!link.take_from_log(sequence)) continue;
      if (link.in_flight > 0) --link.in_flight;
      if (link.in_flight * kWindowUnit > link.window) link.window += kAckGain;
      break;
    }
    for (Link& link : links_) {
      if (link.heard) link.window += kAckGainAll;
      link.clamp();
    }
  }
}

void StockRig::on_srt_ack(ByteView datagram) {
  if (datagram.size() < kSrtHeader + 4) return;
  SeqNo const next(load_u32(datagram, 16));
  for (Link& link : links_) {
    link.in_flight = 0;
    for (auto& entry : link.log) {
      if (entry == kNothing) continue;
      if (distance(SeqNo(entry), next) > 0) {
        entry = kNothing;
      } else {
        ++link.in_flight;
      }
    }
  }
}

void StockRig::on_srt_nak(ByteView datagram) {
  auto const losses = read_loss_report(datagram);
  if (!losses) return;
  for (auto const& [first, last] : *losses) {
    auto const count = std::min(distance(first, last), 999);
    for (std::int32_t at = 0; at <= count; ++at) {
      for (Link& link : links_) {
        if (!link.take_from_log(first.plus(at).value())) continue;
        link.window -= kNakCost;
        link.clamp();
        break;
      }
    }
  }
}

void StockRig::on_srt_datagram(ByteView datagram, Time now, bond::SenderOutput& out) {
  Link* best = nullptr;
  int best_score = -1;
  for (Link& link : links_) {
    if (!link.live(now)) continue;
    int const score = link.window / (link.in_flight + 1);
    if (score <= best_score) continue;
    best = &link;
    best_score = score;
  }
  if (best == nullptr) return;
  send(*best, datagram, now, out);
  if (datagram.size() < kSrtHeader || !is_data(datagram)) return;
  best->log[best->log_at++ % kLog] = load_u32(datagram, 0);
  ++best->in_flight;
}

void StockRig::on_timeout(Time now, bond::SenderOutput& out) {
  if (now < housekeeping_) return;
  housekeeping_ = now + kHousekeeping;
  if (asked_on_ && now >= ask_again_) asked_on_.reset();
  for (Link& link : links_) {
    if (!link.live(now)) {
      if (link.heard) link.forget();
      register_link(link, now, out);
    } else if (now - link.last_sent >= kIdle) {
      send(link, srtla::Short(srtla::kKeepalive).bytes, now, out);
    }
  }
}

}  // namespace

std::unique_ptr<RigEnd> make_stock_rig(std::uint64_t seed) {
  return std::make_unique<StockRig>(seed);
}

}  // namespace aegis::sim
