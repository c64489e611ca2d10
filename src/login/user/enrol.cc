#include <algorithm>
#include <string>
#include <utility>

#include "base/exceptions.h"
#include "base/threads.h"
#include "login/bundle/login_model.h"
#include "login/relation/login_relation.h"
#include "login/relation/template.h"
#include "login/user/recording.h"
#include "login/user/refusal.h"
#include "voizk/login.h"
#include "voizk/memory.h"

namespace voizk {
namespace {

constexpr size_t kMaxUtterances = 64;
constexpr size_t kMaxPieces = 16;  // of one utterance; 16 of the longest bucket are minutes

/// Embeddings of utterances, and how much of them was voiced.
class Enrolment {
 public:
  Enrolment(const Bundle& bundle, ThreadPool* pool) : bundle_(bundle), pool_(pool) {}

  /// An utterance longer than the longest bucket counts as several.
  Status Add(std::span<const int16_t> pcm) {
    const size_t longest = bundle_.samples(bundle_.buckets().back());
    if (pcm.empty()) return Refused(Refusal::kSilent);
    const size_t pieces = (pcm.size() + longest - 1) / longest;
    if (pieces > kMaxPieces) return Refused(Refusal::kTooLong);
    const size_t size = (pcm.size() + pieces - 1) / pieces;
    Status status;
    size_t taken = 0;
    for (size_t begin = 0; begin < pcm.size(); begin += size) {
      status = AddPiece(pcm.subspan(begin, std::min(size, pcm.size() - begin)));
      if (status.ok()) ++taken;
      // A piece that ends in a pause may hold too little; the utterance needs one good piece.
      if (!status.ok() && status.error().code != ErrorCode::kRefused) return status;
    }
    return taken > 0 ? Status() : status;
  }

  std::span<const Embedding> embeddings() const { return embeddings_; }
  int64_t voiced() const { return voiced_; }

 private:
  static Status Refused(Refusal refusal) { return {ErrorCode::kRefused, RefusalText(refusal)}; }

  Result<const RunnableRelation*> RelationAt(uint32_t frames) {
    if (const auto found = models_.find(frames); found != models_.end()) return &found->second;
    VOIZK_ASSIGN_OR_RETURN(Relation relation,
                           BuildEnrolRelation(MakeLoginModel(bundle_.shared_data()), frames));
    VOIZK_ASSIGN_OR_RETURN(RunnableRelation model, RunnableRelation::Make(std::move(relation)));
    return &models_.emplace(frames, std::move(model)).first->second;
  }

  Status AddPiece(std::span<const int16_t> pcm) {
    VOIZK_ASSIGN_OR_RETURN(const uint32_t frames, BucketFor(bundle_.data(), pcm.size()));
    VOIZK_ASSIGN_OR_RETURN(const RunnableRelation* model, RelationAt(frames));
    VOIZK_ASSIGN_OR_RETURN(Inputs inputs, PcmInputsOf(bundle_, frames, pcm));
    const InputsEraser erase_inputs(inputs);
    auto outputs = model->Infer(inputs, {kEnrolEmbedding, kEnrolVoiced}, pool_);
    if (!outputs.ok()) {
      if (outputs.error().code != ErrorCode::kRefused) return outputs.error();
      return Refused(RefusalOf(outputs.error().message));
    }
    const InputsEraser erase_outputs(*outputs);
    const std::vector<int32_t>& e = (*outputs)[kEnrolEmbedding];
    if (e.size() != kEmbeddingSize) return {ErrorCode::kInternal, "embedding of another size"};
    Embedding embedding;
    std::copy(e.begin(), e.end(), embedding.begin());
    embeddings_.push_back(embedding);
    for (const int32_t v : (*outputs)[kEnrolVoiced]) voiced_ += v;
    return {};
  }

  const Bundle& bundle_;
  ThreadPool* pool_;
  std::map<uint32_t, RunnableRelation> models_;
  std::vector<Embedding> embeddings_;
  int64_t voiced_ = 0;  // 10 ms frames
};

}  // namespace

Result<SecretCredential> Enrol(const TrustedBundle& trusted, const std::string& relying_party,
                               std::span<const std::span<const int16_t>> utterances,
                               const WorkOptions& options) try {
  const KeepMemory keep;
  VOIZK_RETURN_IF_ERROR(CheckRelyingParty(relying_party));
  const Bundle& bundle = *trusted;
  const DecisionConfig& decision = bundle.data().decision;
  const auto wanted = static_cast<size_t>(decision.enrol_min_utterances);
  if (utterances.size() < wanted || utterances.size() > kMaxUtterances) {
    return {ErrorCode::kInvalidArgument, "enrolment takes " + std::to_string(wanted) + " to " +
                                             std::to_string(kMaxUtterances) + " recordings"};
  }
  ThreadPool pool(static_cast<size_t>(std::max(options.threads, 1)));
  Enrolment enrolment(bundle, &pool);
  for (size_t i = 0; i < utterances.size(); ++i) {
    if (options.progress) {
      options.progress("enrolling", static_cast<double>(i) / double(utterances.size()));
    }
    if (const Status added = enrolment.Add(utterances[i]); !added.ok()) {
      return {added.error().code,
              "recording " + std::to_string(i + 1) + ": " + added.error().message};
    }
  }
  if (options.progress) options.progress("enrolling", 1.0);
  if (enrolment.voiced() < decision.enrol_voiced_min) {
    return {ErrorCode::kRefused,
            "The recordings hold too little speech together: record longer "
            "ones, or more of them."};
  }
  SecretCredential credential;
  VOIZK_ASSIGN_OR_RETURN(credential.voice_template,
                         AverageEmbeddings(decision, enrolment.embeddings()));
  VOIZK_ASSIGN_OR_RETURN(credential.salt, MakeSalt());
  credential.relying_party = relying_party;
  credential.bundle_digest = bundle.digest();
  return credential;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
