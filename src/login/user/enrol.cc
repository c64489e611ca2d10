#include <algorithm>
#include <string>
#include <utility>

#include "base/exceptions.h"
#include "base/threads.h"
#include "login/bundle/bundle_data.h"
#include "login/relation/template.h"
#include "login/user/voice_model.h"
#include "voizk/login.h"
#include "voizk/memory.h"

namespace voizk {
namespace {

constexpr size_t kMaxUtterances = 64;

/// Embeddings of utterances, and how much of them was voiced.
class Enrolment {
 public:
  Enrolment(const Bundle& bundle, ThreadPool* pool) : model_(bundle), pool_(pool) {}

  Status Add(std::span<const int16_t> pcm) {
    VOIZK_ASSIGN_OR_RETURN(const UtteranceVoice voice, model_.Embed(pcm, pool_));
    if (voice.pieces.empty()) return {ErrorCode::kRefused, RefusalText(voice.refusal)};
    embeddings_.insert(embeddings_.end(), voice.pieces.begin(), voice.pieces.end());
    voiced_ += voice.voiced;
    return {};
  }

  std::span<const Embedding> embeddings() const { return embeddings_; }
  int64_t voiced() const { return voiced_; }

 private:
  VoiceModel model_;
  ThreadPool* pool_;
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
