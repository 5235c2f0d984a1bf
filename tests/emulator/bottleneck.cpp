#include "emulator/bottleneck.hpp"

#include <algorithm>
#include <cmath>

namespace aegis::emulator {
namespace {

// Far below a microsecond, far above the rounding of a double that counts microseconds.
constexpr double kEpsilonUs = 1e-3;

double to_us(Time time) {
  return static_cast<double>(time.time_since_epoch().count());
}

Time ceil_time(double us) {
  return Time(Duration(static_cast<Duration::rep>(std::ceil(us - kEpsilonUs))));
}

}  // namespace

Bottleneck::Bottleneck(Time start) : trace_start_(start), served_us_(to_us(start)) {}

void Bottleneck::configure(const Profile& profile, Time now) {
  serve(now);
  queue_limit_ = profile.queue;
  if (profile.trace) {
    if (mode_ != Mode::kTrace || trace_ != profile.trace) {
      trace_start_ = now;
      next_opportunity_ = 0;
    }
    mode_ = Mode::kTrace;
  } else {
    mode_ = profile.rate ? Mode::kRate : Mode::kUnlimited;
    rate_ = profile.rate.value_or(BitRate());
  }
  trace_ = profile.trace;
  served_us_ = to_us(now);
  serve(now);
}

std::optional<double> Bottleneck::limit() const {
  if (queue_limit_.bytes) return static_cast<double>(queue_limit_.bytes->count());
  if (!queue_limit_.time || mode_ == Mode::kUnlimited) return std::nullopt;
  BitRate const rate = mode_ == Mode::kTrace ? trace_->mean_rate() : rate_;
  return static_cast<double>((rate * *queue_limit_.time).count());
}

bool Bottleneck::push(PacketBytes packet, Time now) {
  serve(now);
  auto const size = static_cast<double>(packet.size());
  // An empty queue takes any packet: a limit below one packet must not close the link.
  if (auto const most = limit(); most && !queue_.empty() && backlog_ + size > *most) return false;
  backlog_ += size;
  queue_.push_back({std::move(packet), now, unloaded_departure(size, now), size});
  serve(now);
  return true;
}

std::optional<Bottleneck::Departure> Bottleneck::pop(Time now) {
  serve(now);
  if (departed_.empty() || departed_.front().left > now) return std::nullopt;
  Departure next = std::move(departed_.front());
  departed_.pop_front();
  return next;
}

Time Bottleneck::next_departure() const {
  if (!departed_.empty()) return departed_.front().left;
  if (queue_.empty() || paused_) return kNever;
  switch (mode_) {
    case Mode::kUnlimited:
      return queue_.front().arrived;
    case Mode::kRate:
      return rate_.bits_per_second() > 0 ? ceil_time(head_finish()) : kNever;
    case Mode::kTrace:
      return trace_start_ + trace_->at(next_opportunity_);
  }
  return kNever;
}

void Bottleneck::pause(Time now) {
  serve(now);
  paused_ = true;
}

void Bottleneck::resume(Time now) {
  serve(now);
  paused_ = false;
  served_us_ = to_us(now);
  serve(now);
}

std::size_t Bottleneck::clear(Time now) {
  serve(now);
  std::size_t const lost = queue_.size();
  queue_.clear();
  backlog_ = 0;
  return lost;
}

double Bottleneck::head_finish() const {
  double const start = std::max(served_us_, to_us(queue_.front().arrived));
  return start + queue_.front().left * 8e6 / static_cast<double>(rate_.bits_per_second());
}

// Once everything up to `now` is served.
Time Bottleneck::unloaded_departure(double size, Time now) const {
  if (mode_ == Mode::kTrace) return trace_start_ + trace_->at(next_opportunity_);
  if (mode_ == Mode::kUnlimited || rate_.bits_per_second() <= 0) return now;
  return ceil_time(to_us(now) + size * 8e6 / static_cast<double>(rate_.bits_per_second()));
}

void Bottleneck::depart(Time at) {
  Waiting& head = queue_.front();
  backlog_ -= head.left;
  departed_.push_back({std::move(head.bytes), head.arrived, at, head.unloaded});
  queue_.pop_front();
  if (queue_.empty()) backlog_ = 0;  // sheds what rounding has left
}

void Bottleneck::serve(Time now) {
  if (mode_ == Mode::kTrace) return serve_trace(now);
  if (paused_) return;
  if (mode_ == Mode::kRate) return serve_rate(now);
  while (!queue_.empty()) depart(std::max(queue_.front().arrived, ceil_time(served_us_)));
}

void Bottleneck::serve_rate(Time now) {
  if (rate_.bits_per_second() <= 0) return;
  double const now_us = to_us(now);
  while (!queue_.empty()) {
    double const finish = head_finish();
    if (finish > now_us + kEpsilonUs) {
      Waiting& head = queue_.front();
      double const start = std::max(served_us_, to_us(head.arrived));
      double const through =
          std::max(0.0, now_us - start) * static_cast<double>(rate_.bits_per_second()) / 8e6;
      head.left -= through;
      backlog_ -= through;
      break;
    }
    served_us_ = finish;
    depart(ceil_time(finish));
  }
  served_us_ = std::max(served_us_, now_us);
}

void Bottleneck::serve_trace(Time now) {
  for (; trace_start_ + trace_->at(next_opportunity_) <= now; ++next_opportunity_) {
    if (paused_) continue;
    double budget = Trace::kOpportunityBytes;
    while (budget > 0 && !queue_.empty()) {
      Waiting& head = queue_.front();
      double const through = std::min(budget, head.left);
      head.left -= through;
      backlog_ -= through;
      budget -= through;
      if (head.left <= 0) depart(trace_start_ + trace_->at(next_opportunity_));
    }
  }
}

}  // namespace aegis::emulator
