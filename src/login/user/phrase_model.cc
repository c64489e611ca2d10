#include "login/user/phrase_model.h"

#include <algorithm>
#include <numeric>

#include "base/secure.h"
#include "login/bundle/login_model.h"
#include "login/relation/phrase.h"
#include "login/user/refusal.h"

namespace voizk {

Result<PhraseModel> PhraseModel::Make(const Bundle& bundle, const LoginShape& shape) {
  VOIZK_RETURN_IF_ERROR(CheckBucket(bundle.data(), shape.frames));
  VOIZK_ASSIGN_OR_RETURN(Relation relation,
                         BuildSpokenPhraseRelation(MakeLoginModel(bundle.shared_data()), shape));
  VOIZK_ASSIGN_OR_RETURN(RunnableRelation model, RunnableRelation::Make(std::move(relation)));
  return PhraseModel(bundle, shape.frames, std::move(model));
}

Result<HeardPhrase> PhraseModel::Hear(std::span<const int16_t> pcm, std::span<const uint8_t> phrase,
                                      ThreadPool* pool) const {
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs, PcmInputsOf(bundle_, frames_, pcm));
  const InputsEraser erase_inputs(inputs);
  inputs[kPhraseInput].assign(phrase.begin(), phrase.end());
  auto outputs = model_.Infer(inputs, {kEnrolEmbedding, kSpokenMask}, pool);
  HeardPhrase heard;
  if (!outputs.ok()) {
    if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
    heard.refusal = RefusalOf(outputs.error().message);
    return heard;
  }
  const InputsEraser erase_outputs(*outputs);
  const std::vector<int32_t>& e = (*outputs)[kEnrolEmbedding];
  if (e.size() != kEmbeddingSize) return {ErrorCode::kInternal, "embedding of another size"};
  std::copy(e.begin(), e.end(), heard.embedding.begin());
  const std::vector<int32_t>& mask = (*outputs)[kSpokenMask];
  heard.voiced = std::accumulate(mask.begin(), mask.end(), int64_t{0});
  return heard;
}

}  // namespace voizk
