// The emulator's process: devices, timer, control channel and signals in one epoll loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/os/fd.hpp"
#include "emulator/control.hpp"
#include "emulator/link_options.hpp"

namespace aegis::emulator {

class Emulator {
 public:
  // Makes the devices, blocks SIGTERM and SIGINT. kRefused without the rights.
  static Result<std::unique_ptr<Emulator>> create(Options options);

  // Until a signal, the end of --for, or the end of stdin when that is the control channel.
  void run();
  std::string summary() const { return report(links_); }

 private:
  explicit Emulator(Options options);
  Status open_control();
  void watch(int fd);
  void watch_links();
  void on_event(int fd);
  void on_control(int fd);
  void accept_client();
  void set_timer();

  Options options_;
  FindTrace find_trace_;
  Links links_;
  os::Fd epoll_, timer_, signals_, listener_;
  std::map<int, std::pair<Link*, Side>> devices_;
  struct Client {
    os::Fd fd;
    std::string input;
  };
  std::map<int, Client> clients_;
  Time now_, end_ = kNever, armed_ = kNever;
  bool stopping_ = false;
};

}  // namespace aegis::emulator
