// The statement of one proof, which the caller supplies on both sides:
//   * the values of the relation's public inputs, which its constraints speak about;
//   * labelled byte strings (challenge, relying party, ..) that the proof system does not read and
//     only binds the proof to.  The list may grow without a new format.
#ifndef VOIZK_PROOF_PROTOCOL_PUBLIC_VALUES_H_
#define VOIZK_PROOF_PROTOCOL_PUBLIC_VALUES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "relation/core/relation.h"

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

  /// In the order of the relation's public inputs, each row-major, then of its lattice commitments;
  /// Prove and Verify hold them to
  /// the relation (CheckPublicInputs).
  void SetInputs(PublicInputValues inputs) { inputs_ = std::move(inputs); }
  const PublicInputValues& inputs() const { return inputs_; }
  /// Every value as an i32.  Injective for inputs that fit one relation, whose shapes divide them.
  std::vector<uint8_t> SerializeInputs() const;
  /// The bytes as the inputs of this relation.  kMalformed: another length; ranges are not looked
  /// at.
  static Result<PublicInputValues> ParseInputs(const Relation& relation, ByteSpan bytes);

  /// The labelled items: u32 count, then per item: u32 length, label, u32 length, bytes. Injective.
  std::vector<uint8_t> Serialize() const;
  static Result<PublicValues> Parse(ByteSpan bytes);
  bool operator==(const PublicValues&) const = default;

 private:
  std::vector<Item> items_;
  PublicInputValues inputs_;
};

}  // namespace voizk

#endif  // VOIZK_PROOF_PROTOCOL_PUBLIC_VALUES_H_
