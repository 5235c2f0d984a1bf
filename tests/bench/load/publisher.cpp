#include "bench/load/publisher.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace aegis::bench {
namespace {

constexpr Duration kAskAgain = 500ms;
constexpr Duration kKeepalive = 1s;
constexpr std::uint32_t kSocketBase = 0x10000;

}  // namespace

LoadPublisher::LoadPublisher(std::size_t index, Options options, const Program& program,
                             Output& out, Time start)
    : index_(index),
      options_(std::move(options)),
      program_(program),
      out_(out),
      next_question_(start) {
  store_u32(token_, 0, static_cast<std::uint32_t>(index_) + 1);
}

sim::SrtCallerCounters LoadPublisher::counters() const {
  return caller_ ? caller_->counters() : sim::SrtCallerCounters{};
}

void LoadPublisher::to_link(std::size_t link, ByteView datagram) {
  out_.publisher_sends(index_, link, datagram);
}

void LoadPublisher::on_datagram(std::size_t link, ByteView datagram, Time now) {
  auto const kind = bond::classify(datagram);
  if (kind == bond::DatagramKind::kSrtla) return on_srtla(link, datagram);
  if (kind == bond::DatagramKind::kSrtControl && caller_) caller_->on_datagram(datagram, now);
}

void LoadPublisher::on_srtla(std::size_t link, ByteView datagram) {
  auto const type = bond::srtla_type(datagram);
  if (type == bond::PacketType::kReg2 && !has_group_) {
    token_ = bond::parse_group_token(datagram);
    has_group_ = true;
    next_question_ = {};
  } else if (type == bond::PacketType::kReg3 && !up_[link]) {
    up_[link] = true;
    ++links_up_;
  }
}

void LoadPublisher::ask(Time now) {
  if (now < next_question_) return;
  next_question_ = now + kAskAgain;
  if (!has_group_) return to_link(0, bond::make_reg1(token_));
  for (std::size_t link = 0; link < kLinks; ++link)
    if (!up_[link]) to_link(link, bond::make_reg2(token_));
}

void LoadPublisher::keep_alive(Time now) {
  if (now < next_keepalive_) return;
  next_keepalive_ = now + kKeepalive;
  for (std::size_t link = 0; link < kLinks; ++link) to_link(link, bond::make_keepalive(0, {}));
}

void LoadPublisher::tick(Time now) {
  if (!registered()) return ask(now);
  keep_alive(now);
  if (!options_.media) return;
  if (!caller_) call(now);
  caller_->on_timeout(now);
  if (sends()) send_due(now);
}

void LoadPublisher::call(Time now) {
  sim::SrtCaller::Output& below = *this;
  sim::SrtCallerConfig config;
  config.latency = options_.latency;
  config.initial_sequence = SeqNo(1);
  config.socket_id = kSocketBase + static_cast<std::uint32_t>(index_);
  config.stream_id = options_.stream_id;
  caller_.emplace(config, now, below);
}

void LoadPublisher::send_due(Time now) {
  if (first_media_ == Time{}) first_media_ = now;
  Bytes const due = options_.rate * (now - first_media_);
  for (; Bytes::of(sent_ * sim::kPayload) < due; ++sent_) caller_->push(sent_, now);
}

// The model caller fills its packets with what it likes: here it is the programme.
void LoadPublisher::caller_sends(ByteView datagram) {
  if (!sim::is_data(datagram)) return to_link(next_link_, datagram);
  next_link_ = (next_link_ + 1) % kLinks;
  std::array<std::byte, sim::kSrtHeader + sim::kPayload> packet;
  std::memcpy(packet.data(), datagram.data(), sim::kSrtHeader);
  program_.write(sim::read_index(datagram), ByteSpan(packet).subspan(sim::kSrtHeader));
  to_link(next_link_, packet);
}

}  // namespace aegis::bench
