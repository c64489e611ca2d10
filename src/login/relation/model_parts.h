// What the relations of login and enrolment have in common.
#ifndef VOIZK_LOGIN_RELATION_MODEL_PARTS_H_
#define VOIZK_LOGIN_RELATION_MODEL_PARTS_H_

#include "base/result.h"
#include "login/relation/login_relation.h"
#include "relation/builder/builder.h"
#include "speech/features/front_end.h"

namespace voizk {

/// The model's constants are within their limits, and `frames` is even, at least 2 and at most 2^16
/// (eleven minutes, which keeps every count far below 2^24).  kInvalidArgument, or as CheckFrontEnd
/// and CheckDecision.
Status CheckModel(const LoginModel& model, uint32_t frames);

/// The embedding of a recording over `mask` [frames/2].  Errors of the network.
Result<TensorId> AddEmbedding(Builder& b, const LoginModel& model, uint32_t frames,
                              const FrontEnd& front, TensorId mask);

/// The output of an embedding network, 64 values in [-127, 127], [64] or [1][64], as [64].
/// kUnsupported: it is something else.
Result<View> FlatEmbedding(Builder& b, TensorId embedding);

/// A recording of which the phrase was spoken, pooled over the phrase's states.
struct SpokenPhrase {
  TensorId embedding = 0;
  TensorId mask = 0;  // [frames/2], the voiced 20 ms frames that were pooled
};

/// Front end, recogniser, phrase and embedding, with the inputs of one recording and the public
/// input of one phrase, named after the builder's scope.
Result<SpokenPhrase> AddSpokenPhrase(Builder& b, const LoginModel& model, const LoginShape& shape);

}  // namespace voizk

#endif  // VOIZK_LOGIN_RELATION_MODEL_PARTS_H_
