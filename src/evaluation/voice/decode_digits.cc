#include <algorithm>
#include <array>

#include "evaluation/voice/phrase_model.h"
#include "login/relation/decision_config.h"

namespace voizk {
namespace {

constexpr int64_t kNever = INT64_MAX / 4;
constexpr uint32_t kNoHistory = UINT32_MAX;

/// A way to a state: its cost, and the digits so far as a chain in `history`.
struct Way {
  int64_t cost = kNever;
  uint32_t history = kNoHistory;
};

struct Link {
  uint8_t digit;
  uint32_t before;
};

class Decoder {
 public:
  Decoder(const DecisionConfig& c, int64_t price) : price_(price) {
    for (size_t d = 0; d < 10; ++d) {
      digits_[d].resize(static_cast<size_t>(std::max(c.min_frames[d], 1)));
    }
  }

  /// One frame's costs: below the best class.
  void Step(std::span<const int32_t> row, bool first) {
    const int64_t top = *std::ranges::max_element(row);
    const int64_t gap_cost = top - std::max(row[kClassSilence], row[kClassOther]);
    const std::array<Way, 10> ends = Ends();
    Way next_gap = first ? Way{0, kNoHistory} : Cheapest(ends, -1);
    if (!first && gap_.cost <= next_gap.cost) next_gap = gap_;
    for (size_t d = 0; d < 10; ++d) {
      Way entry = first ? Way{0, kNoHistory} : Cheapest(ends, static_cast<int>(d));
      if (!first && gap_.cost <= entry.cost) entry = gap_;
      Advance(d, entry, top - (d == 0 ? std::max(row[0], row[kClassOh]) : row[d]));
    }
    gap_ = {next_gap.cost + gap_cost, next_gap.history};
  }

  std::vector<uint8_t> Best() const {
    Way best = Cheapest(Ends(), -1);
    if (gap_.cost <= best.cost) best = gap_;
    std::vector<uint8_t> digits;
    for (uint32_t at = best.history; at != kNoHistory; at = history_[at].before) {
      digits.push_back(history_[at].digit);
    }
    std::ranges::reverse(digits);
    return digits;
  }

 private:
  std::array<Way, 10> Ends() const {
    std::array<Way, 10> ends;
    for (size_t d = 0; d < 10; ++d) ends[d] = digits_[d].back();
    return ends;
  }
  static Way Cheapest(const std::array<Way, 10>& ends, int except) {
    Way best;
    for (int d = 0; d < 10; ++d) {
      const Way& way = ends[static_cast<size_t>(d)];
      if (d != except && way.cost < best.cost) best = way;
    }
    return best;
  }
  void Advance(size_t d, Way entry, int64_t cost) {
    std::vector<Way>& chain = digits_[d];
    const Way stay = chain.back();
    for (size_t j = chain.size() - 1; j > 0; --j) chain[j] = chain[j - 1];
    chain[0] = {};
    // Twice the same digit needs a pause between: a way that came out of it may not come back.
    if (entry.cost < kNever) {
      history_.push_back({static_cast<uint8_t>(d), entry.history});
      chain[0] = {entry.cost + price_, static_cast<uint32_t>(history_.size() - 1)};
    }
    if (stay.cost < chain.back().cost) chain.back() = stay;
    for (Way& way : chain) way.cost = std::min(way.cost + cost, kNever);
  }

  int64_t price_;
  Way gap_;
  std::array<std::vector<Way>, 10> digits_;
  std::vector<Link> history_;  // ten a frame at most
};

}  // namespace

std::vector<uint8_t> DecodeDigits(const DecisionConfig& c, std::span<const int32_t> logits,
                                  int64_t digit_price) {
  Decoder decoder(c, digit_price);
  const size_t frames = logits.size() / kClasses;
  for (size_t t = 0; t < frames; ++t) {
    decoder.Step(logits.subspan(t * kClasses, kClasses), t == 0);
  }
  return decoder.Best();
}

size_t Edits(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1] ? 1U : 0U)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace voizk
