// Recordings as the model takes them: cut to a length bucket, split into the inputs of a relation,
// run.  Everything here is secret and erased.
#ifndef VOIZK_LOGIN_USER_RECORDING_H_
#define VOIZK_LOGIN_USER_RECORDING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secure.h"
#include "base/threads.h"
#include "relation/core/relation.h"
#include "relation/execution/executor.h"
#include "voizk/bundle.h"

namespace voizk {

/// pcm without its quiet ends, but for a quarter of a second of each: what lies outside the first
/// and last 20 ms whose power is within 30 dB of the loudest.  The mean of each 20 ms is no power:
/// sound cards have offsets (CheckQuality measures in the same way).
std::span<const int16_t> WithoutQuietEnds(std::span<const int16_t> pcm, int rate_hz);

/// The length bucket of a login, in frames; cuts the quiet ends off `pcm` where only that makes it
/// fit.  kRefused: it does not fit even so.
Result<uint32_t> FitToBucket(const Bundle& bundle, std::span<const int16_t>* pcm);

/// pcm's inputs at this many frames.  The caller erases them (InputsEraser).
Result<Inputs> PcmInputsOf(const Bundle& bundle, uint32_t frames, std::span<const int16_t> pcm);

/// A relation for inference, made ready to run.
class RunnableRelation {
 public:
  static Result<RunnableRelation> Make(Relation relation);
  /// The named tensors; kRefused with a code of features/refusals.h.
  Result<Inputs> Infer(const Inputs& inputs, const std::vector<std::string>& names,
                       ThreadPool* pool) const {
    return executor_.Infer(inputs, names, pool);
  }

 private:
  RunnableRelation(std::shared_ptr<const Relation> relation, Executor executor)
      : relation_(std::move(relation)), executor_(std::move(executor)) {}
  std::shared_ptr<const Relation> relation_;
  Executor executor_;
};

}  // namespace voizk

#endif  // VOIZK_LOGIN_USER_RECORDING_H_
