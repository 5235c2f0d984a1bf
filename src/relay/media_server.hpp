// The SRT end of the relay: takes publishers in, fans their packets out to the players.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/endpoint.hpp"
#include "common/base/result.hpp"
#include "common/os/log.hpp"
#include "common/os/srt_socket.hpp"
#include "relay/access_store.hpp"
#include "relay/channel.hpp"
#include "relay/event_log.hpp"
#include "relay/figures.hpp"
#include "relay/gate.hpp"
#include "relay/group_directory.hpp"
#include "relay/session/table.hpp"
#include "relay/snapshot.hpp"

namespace aegis::relay {

// Everything but the constructor's callers, stop() and figures() runs on the thread in run().
class MediaServer {
 public:
  struct Options {
    Endpoint publish, play;  // the two public listeners; port 0 takes a free one
    session::Limits sessions;
    Recorder* recorder = nullptr;              // outlives the server; null: nothing is recorded
    std::function<void(GroupId)> close_group;  // a publisher was thrown out: thread-safe
  };

  // Opens the listeners. `store`, `gate`, `groups` and `events` must outlive the server. Errors:
  // kTryLater when a port is taken.
  static Result<std::unique_ptr<MediaServer>> open(Options options, const AccessStore& store,
                                                   Gate& gate, const GroupDirectory& groups,
                                                   EventLog& events);

  void run();   // until stop()
  void stop();  // thread-safe: run() tells every peer and returns

  // Ends the stream's session, if it has one, or the player: within a fraction of a second.
  // Thread-safe.
  void kick_session(std::string stream);
  void kick_player(PlayerId player);
  // Limits for what happens from now on; and whoever the gate would not let in by its address any
  // more is out. Thread-safe.
  void reconfigure(const session::Limits& limits);

  std::shared_ptr<const MediaFigures> figures() const { return figures_.read(); }  // thread-safe
  Endpoint publish_endpoint() const { return publish_.local(); }
  Endpoint play_endpoint() const { return play_.local(); }
  // Where the bond hands its groups' SRT datagrams to: on loopback.
  Endpoint internal_endpoint() const { return internal_.local(); }

 private:
  // What a socket's handle stands for.
  struct Connection {
    Channel* channel = nullptr;
    std::list<Player>::iterator player;
    bool publishes = false;
  };

  // What other threads ask for, done at the next opportunity.
  struct Requests {
    std::set<std::string> kicked_sessions;  // by stream
    std::set<PlayerId> kicked_players;
    std::optional<session::Limits> limits;
  };

  MediaServer(Options options, const AccessStore& store, Gate& gate, const GroupDirectory& groups,
              EventLog& events);
  Status open_listeners();

  bool take_turn(Time now);
  void on_event(const os::SrtEpoll::Event& event);
  void accept_publishers(os::SrtSocket& listener, bool bonded);
  void accept_players();
  void take_publisher(os::SrtSocket::Accepted accepted, bool bonded);
  void take_player(os::SrtSocket::Accepted accepted);
  void turn_away(const os::SrtSocket::Accepted& accepted, Refusal refusal);

  void read_publisher(Channel& channel);
  void open_session(Channel& channel);
  void reopen_session(Channel& channel);
  void drop_publisher(Channel& channel);
  void keep_for_publisher(Channel& channel, const std::string& why);
  void end_session(Channel& channel, session::Event event, session::End end);
  void pump_fresh_channels();
  void pump_player(Channel& channel, std::list<Player>::iterator player);
  void end_player(Channel& channel, std::list<Player>::iterator player, const std::string& why);

  void do_chores();
  void apply_deadlines();
  void apply_access();
  bool may_not_publish(const Channel& channel) const;
  void apply_requests();
  void apply_address_rules();
  void note_silence();
  void report_refusals();
  void release_memory();
  SessionFigures session_figures(const Channel& channel) const;
  void publish_figures();
  void close_everything();

  Channel& channel_of(const std::string& stream);
  Channel* channel_with(session::SessionId id);
  void mark_fresh(Channel& channel);

  Options options_;
  const AccessStore& store_;
  Gate& gate_;
  const GroupDirectory& groups_;
  EventLog& events_;

  os::SrtLibrary library_;
  os::SrtSocket internal_, publish_, play_;
  os::SrtEpoll epoll_;
  std::atomic<bool> stopping_{false};

  Time now_{};
  Time next_chores_{};
  session::Table sessions_;
  std::map<std::string, std::unique_ptr<Channel>> channels_;
  std::unordered_map<int, Connection> connections_;
  std::vector<Channel*> fresh_;
  std::shared_ptr<const Access> access_;  // the one that everybody here was last checked against
  std::uint32_t last_player_ = 0;
  std::mutex requests_mutex_;
  Requests requests_;                                  // guarded by requests_mutex_
  std::vector<os::log::RateLimitedLog> refusal_logs_;  // one for each Refusal
  MediaFigures totals_;                                // its counters only
  Snapshot<MediaFigures> figures_;
};

}  // namespace aegis::relay
