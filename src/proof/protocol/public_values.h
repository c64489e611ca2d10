// The statement: the public values of one proof, as a list of labelled byte strings that the caller
// supplies on both sides (challenge, commitment, thresholds, ..).  The proof system does not read
// them; it binds the proof to them.  The list may grow without a new format.
#ifndef VOIZK_PROOF_PROTOCOL_PUBLIC_VALUES_H_
#define VOIZK_PROOF_PROTOCOL_PUBLIC_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace voizk {

class PublicValues {
 public:
  struct Item {
    std::string label;
    std::vector<uint8_t> bytes;
    bool operator==(const Item&) const = default;
  };
  static constexpr size_t kMaxItems = 1024;          // a login has about ten
  static constexpr size_t kMaxItemBytes = 1u << 20;  // of a label or a value

  void Add(std::string_view label, ByteSpan bytes);
  void AddText(std::string_view label, std::string_view text) { Add(label, AsBytes(text)); }
  const std::vector<Item>& items() const { return items_; }

  /// u32 count, then per item: u32 length, label, u32 length, bytes.  Injective.
  std::vector<uint8_t> Serialize() const;
  static Result<PublicValues> Parse(ByteSpan bytes);
  bool operator==(const PublicValues&) const = default;

 private:
  std::vector<Item> items_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_PROTOCOL_PUBLIC_VALUES_H_
