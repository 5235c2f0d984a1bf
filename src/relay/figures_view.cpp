#include "relay/figures_view.hpp"

#include <set>

namespace aegis::relay {
namespace {

// Each thread tells its figures five times a second while it works.
constexpr Duration kStuck = 3s;

}  // namespace

FiguresView FiguresView::narrowed(const Scope& scope) const {
  if (scope.is_everything()) return *this;
  auto view = *this;
  view.totals = false;
  view.gate = nullptr;
  std::set<std::uint32_t> groups;
  if (media) {
    auto narrow = std::make_shared<MediaFigures>(*media);
    std::erase_if(narrow->sessions, [&](auto const& s) { return !scope.holds(s.stream); });
    std::erase_if(narrow->players, [&](auto const& p) { return !scope.holds(p.stream); });
    for (auto const& session : narrow->sessions)
      if (session.group) groups.insert(session.group->value);
    view.media = std::move(narrow);
  }
  if (bond) {
    auto narrow = std::make_shared<BondFigures>(*bond);
    std::erase_if(narrow->receiver.groups,
                  [&](auto const& group) { return groups.count(group.id.value) == 0; });
    view.bond = std::move(narrow);
  }
  return view;
}

std::optional<std::string> what_hangs(const FiguresView& view) {
  auto const runs = [&](Time told) { return told != Time{} && view.now - told < kStuck; };
  if (!runs(view.bond->at)) return "the bond";
  if (view.media && !runs(view.media->at)) return "SRT";
  return std::nullopt;
}

}  // namespace aegis::relay
