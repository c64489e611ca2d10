// The bytes of a proof file of a model: what it claims, and the proof.
//   "voizkvzp", u32 version, model's digest, u8 public inputs?, [u32 count, i32...] per public
//   input, u32 count, i32... of the output, the proof (docs/protocol.md) to the end
#ifndef VOIZK_NETWORK_IMPORTED_MODEL_PROOF_H_
#define VOIZK_NETWORK_IMPORTED_MODEL_PROOF_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "voizk/model.h"

namespace voizk {

/// All but the proof.
void WriteModelClaim(const Model& model, const ModelRun& run, bool public_inputs,
                     ByteWriter* writer);

struct ModelClaim {
  ModelRun run;  // integers only
  bool public_inputs = false;
  ByteSpan proof;  // a view into the bytes
};
/// kProofMalformed; kProofRejected: it is of another model.
Result<ModelClaim> ReadModelClaim(const Model& model, ByteSpan bytes);

/// What the proof is bound to beside the statement: the model's digest, then the caller's context.
std::vector<uint8_t> ModelContext(const Model& model, ByteSpan context);

}  // namespace voizk

#endif  // VOIZK_NETWORK_IMPORTED_MODEL_PROOF_H_
