#include "proof/protocol/public_values.h"

#include "relation/core/structure.h"

namespace voizk {

void PublicValues::Add(std::string_view label, ByteSpan bytes) {
  items_.push_back({std::string(label), {bytes.begin(), bytes.end()}});
}

std::vector<uint8_t> PublicValues::Serialize() const {
  ByteWriter writer;
  writer.U32(static_cast<uint32_t>(items_.size()));
  for (const Item& item : items_) {
    writer.String(item.label);
    writer.U32(static_cast<uint32_t>(item.bytes.size()));
    writer.Bytes(item.bytes);
  }
  return std::move(writer).Take();
}

std::vector<uint8_t> PublicValues::SerializeInputs() const {
  ByteWriter writer;
  for (const auto& values : inputs_) {
    for (const int32_t x : values) writer.I32(x);
  }
  return std::move(writer).Take();
}

Result<PublicInputValues> PublicValues::ParseInputs(const Relation& relation, ByteSpan bytes) {
  ByteReader reader(bytes, ErrorCode::kMalformed, "public inputs");
  PublicInputValues inputs;
  for (const PublicInput& input : relation.publics) {
    if (reader.remaining() / 4 < input.v.shape.Cells()) return reader.Fail("too few values");
    std::vector<int32_t>& values = inputs.emplace_back(input.v.shape.Cells());
    for (int32_t& x : values) {
      VOIZK_ASSIGN_OR_RETURN(x, reader.I32());
    }
  }
  for (size_t k = 0; k < relation.commitments.size(); ++k) {
    std::vector<int32_t>& values = inputs.emplace_back(kLatticeLength);
    for (int32_t& x : values) {
      VOIZK_ASSIGN_OR_RETURN(x, reader.I32());
    }
  }
  VOIZK_RETURN_IF_ERROR(reader.ExpectEnd());
  return inputs;
}

Result<PublicValues> PublicValues::Parse(ByteSpan bytes) {
  ByteReader reader(bytes, ErrorCode::kMalformed, "statement");
  PublicValues public_values;
  VOIZK_ASSIGN_OR_RETURN(const uint32_t count, reader.Count(kMaxItems, 8, "items"));
  for (uint32_t i = 0; i < count; ++i) {
    VOIZK_ASSIGN_OR_RETURN(const std::string label, reader.String(kMaxItemBytes));
    VOIZK_ASSIGN_OR_RETURN(const uint32_t size, reader.Count(kMaxItemBytes, 1, "item length"));
    VOIZK_ASSIGN_OR_RETURN(const ByteSpan value, reader.Bytes(size));
    public_values.Add(label, value);
  }
  VOIZK_RETURN_IF_ERROR(reader.ExpectEnd());
  return public_values;
}

}  // namespace voizk
