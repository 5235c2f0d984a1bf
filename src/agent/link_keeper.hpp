// The user's hand on links: what is wanted of each, what each has carried, and which are off
// because of either. Main thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "agent/bond_uplink.hpp"
#include "agent/data_file.hpp"
#include "agent/data_usage.hpp"
#include "agent/link_settings.hpp"
#include "agent/stream.hpp"
#include "common/base/time.hpp"

namespace aegis::agent {

class LinkKeeper {
 public:
  using SetPolicy = std::function<void(const std::string& name, const bond::LinkPolicy& policy)>;

  LinkKeeper(const std::vector<LinkSpec>& specs, const std::filesystem::path& data_file);

  // Reads the counts. kConfiguration when a link has a data cap and they cannot be read: it might
  // have been reached. Without one they are kept for this run only, with a warning.
  Status load(Date today);
  // What each link begins with.
  LinkPolicies policies() const;

  // To be called several times a second with what the bond reports: counts, switches links off
  // whose data is used up and on when their next period begins, and saves now and then.
  void observe(const BondStatus& bond, Date today, Time now, const SetPolicy& set_policy);
  // What was counted since it was last saved.
  void save(Time now);

  // `aegis link NAME TEXT`. kUsage for an unknown link or setting; kTryLater and the like when
  // `used` cannot be saved.
  Status change(const std::string& name, std::string_view text, Date today, Time now,
                const SetPolicy& set_policy);

  // Fills what the keeper knows into each link of the status.
  void annotate(BondStatus& bond, Date today) const;

 private:
  // How long a crash may have counted in vain, and how often the disk is written for counts that
  // nothing depends on.
  static constexpr Duration kSaveInterval = 10s, kIdleSaveInterval = 5min;

  struct Link {
    LinkSettings settings;
    Bytes seen;  // of BondStatus::wire_bytes
    bool spent = false;
    bond::LinkPolicy policy;  // the bond's
  };

  DataUsage usage_of(const std::string& name) const;
  void count(const BondStatus& bond, Date today);
  void enforce(Date today, const SetPolicy& set_policy);
  void tell(const std::string& name, const Link& link, Date today) const;
  bool any_data_cap() const;
  Status save_with(const std::function<void(DataUsages&)>& change, Time now);

  std::map<std::string, Link, std::less<>> links_;
  DataFile file_;
  bool file_usable_ = true;
  DataUsages stored_, counted_;  // in the file; since then
  bool unsaved_ = false;
  Time next_save_{};
  std::string save_trouble_;
};

}  // namespace aegis::agent
