#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/exceptions.h"
#include "crypto/hash/sha256.h"
#include "login/store/text.h"
#include "voizk/enrolment.h"

namespace voizk {
namespace {

constexpr std::string_view kPhrasesTag = "voizk enrolment phrases v1";

/// Digits that follow from a seed: of each byte of SHA-256(tag | seed | block), block 0, 1, .., its
/// remainder by 10 if it is below 250, so that all are equally likely.
class Digits {
 public:
  explicit Digits(const Digest& seed) : seed_(seed) {}

  /// Without equal neighbours.
  std::vector<uint8_t> Phrase(size_t length) {
    std::vector<uint8_t> phrase;
    while (phrase.size() < length) {
      const uint8_t digit = Next();
      if (phrase.empty() || phrase.back() != digit) phrase.push_back(digit);
    }
    return phrase;
  }

 private:
  uint8_t Next() {
    while (true) {
      if (at_ == block_.size()) Refill();
      const uint8_t byte = block_[at_++];
      if (byte < 250) return byte % 10;
    }
  }
  void Refill() {
    std::array<uint8_t, 4> number{};
    StoreU32(blocks_++, number.data());
    block_ = Sha256().Update(PaddedTag(kPhrasesTag)).Update(seed_).Update(number).Finish();
    at_ = 0;
  }
  Digest seed_;
  Digest block_{};
  size_t at_ = sizeof(Digest);
  uint32_t blocks_ = 0;
};

}  // namespace

Result<std::vector<std::vector<uint8_t>>> EnrolmentPhrases(const Challenge& challenge,
                                                           size_t count) try {
  if (count < 1 || count > kMaxEnrolPhrases) {
    return {ErrorCode::kInvalidArgument, "an enrolment has 1 to 8 phrases"};
  }
  VOIZK_ASSIGN_OR_RETURN(const Digest digest, ChallengeDigest(challenge));
  Digits digits(digest);
  std::vector<std::vector<uint8_t>> phrases{challenge.digits};
  while (phrases.size() < count) {
    std::vector<uint8_t> phrase = digits.Phrase(challenge.digits.size());
    if (std::find(phrases.begin(), phrases.end(), phrase) == phrases.end()) {
      phrases.push_back(std::move(phrase));
    }
  }
  return phrases;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
