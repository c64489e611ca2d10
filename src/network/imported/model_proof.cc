#include "network/imported/model_proof.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/exceptions.h"
#include "voizk/graph.h"

namespace voizk {

namespace {

constexpr std::string_view kMagic = "voizkvzp";
constexpr std::array<uint8_t, 4> kVersion{1, 0, 0, 0};
constexpr uint64_t kMaxValues = uint64_t{1} << 24;  // of public inputs, as the relation's

ByteSpan Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

void WriteIntegers(const std::vector<int32_t>& values, ByteWriter* writer) {
  writer->U32(static_cast<uint32_t>(values.size()));
  for (const int32_t v : values) writer->I32(v);
}

Result<std::vector<int32_t>> ReadIntegers(ByteReader& reader, std::string_view name) {
  VOIZK_ASSIGN_OR_RETURN(const uint32_t count, reader.Count(kMaxValues, 4, name));
  std::vector<int32_t> values;
  values.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    VOIZK_ASSIGN_OR_RETURN(const int32_t v, reader.I32());
    values.push_back(v);
  }
  return values;
}

}  // namespace

void WriteModelClaim(const Model& model, const ModelRun& run, bool public_inputs,
                     ByteWriter* writer) {
  writer->Bytes(Bytes(kMagic));
  writer->Bytes(kVersion);
  writer->Bytes(model.digest());
  writer->U8(public_inputs ? 1 : 0);
  if (public_inputs) {
    for (const auto& values : run.inputs) WriteIntegers(values, writer);
  }
  WriteIntegers(run.output, writer);
}

Result<ModelClaim> ReadModelClaim(const Model& model, ByteSpan bytes) {
  ByteReader reader(bytes, ErrorCode::kProofMalformed, "proof of a model");
  VOIZK_RETURN_IF_ERROR(reader.Expect(Bytes(kMagic), "magic number"));
  VOIZK_RETURN_IF_ERROR(reader.Expect(kVersion, "version"));
  VOIZK_ASSIGN_OR_RETURN(const ByteSpan digest, reader.Bytes(model.digest().size()));
  if (!std::equal(digest.begin(), digest.end(), model.digest().begin())) {
    return Error{ErrorCode::kProofRejected, "the proof is of another model",
                 Rejection{.check = Check::kHeader}};
  }
  ModelClaim claim;
  VOIZK_ASSIGN_OR_RETURN(const uint8_t flag, reader.U8());
  if (flag > 1) return reader.Fail("whether inputs are public is neither 0 nor 1");
  claim.public_inputs = flag == 1;
  for (size_t i = 0; claim.public_inputs && i < model.inputs().size(); ++i) {
    VOIZK_ASSIGN_OR_RETURN(auto values, ReadIntegers(reader, "values of a public input"));
    claim.run.inputs.push_back(std::move(values));
  }
  VOIZK_ASSIGN_OR_RETURN(claim.run.output, ReadIntegers(reader, "values of the output"));
  VOIZK_ASSIGN_OR_RETURN(claim.proof, reader.Bytes(reader.remaining()));
  return claim;
}

std::vector<uint8_t> ModelContext(const Model& model, ByteSpan context) {
  std::vector<uint8_t> bytes(model.digest().begin(), model.digest().end());
  bytes.insert(bytes.end(), context.begin(), context.end());
  return bytes;
}

Result<ModelRun> VerifyModel(const Model& model, std::span<const uint8_t> context,
                             std::span<const uint8_t> proof) try {
  VOIZK_ASSIGN_OR_RETURN(ModelClaim claim, ReadModelClaim(model, proof));
  Inputs given;
  for (size_t i = 0; i < claim.run.inputs.size(); ++i) {
    given[model.inputs()[i].node] = claim.run.inputs[i];
  }
  const auto reals = model.ToReals(claim.run.output);
  if (!reals.ok()) {
    return Error{ErrorCode::kProofRejected, "the proof's output has another size",
                 Rejection{.check = Check::kPublicInput}};
  }
  claim.run.real_output = *reals;
  const Status status = VerifyNetwork(model.network(claim.public_inputs), claim.run.output,
                                      ModelContext(model, context), claim.proof, given);
  if (status.ok()) return std::move(claim.run);
  // Public inputs and output are the proof's here, so what does not fit is the proof's fault too:
  // that the inputs should be public, for one, where they are more than a statement may hold.
  Error error = status.error();
  if (error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kUnsupported ||
      error.code == ErrorCode::kLimitExceeded) {
    error.code = ErrorCode::kProofRejected;
    if (!error.rejection) error.rejection = Rejection{.check = Check::kPublicInput};
  }
  return error;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
