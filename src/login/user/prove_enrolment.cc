#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/exceptions.h"
#include "base/secure.h"
#include "login/bundle/login_model.h"
#include "login/hints/hints.h"
#include "login/relation/enrolment_relation.h"
#include "login/relying_party/enrolment_file.h"
#include "login/relying_party/enrolment_instance.h"
#include "login/user/common_voice.h"
#include "login/user/recording.h"
#include "login/user/spoken_phrase_model.h"
#include "login/user/work.h"
#include "proof/prover/prover.h"
#include "relation/execution/executor.h"
#include "voizk/enrolment.h"
#include "voizk/login.h"
#include "voizk/memory.h"

namespace voizk {
namespace {

/// Recordings that fit one bucket, the smallest that holds all of them.
struct Fitted {
  std::vector<std::span<const int16_t>> recordings;
  uint32_t frames = 0;
  size_t too_long = 0;  // from 1: the one that fits none
};

Fitted FitAll(const Bundle& bundle, std::span<const std::span<const int16_t>> recordings) {
  Fitted fitted;
  for (std::span<const int16_t> pcm : recordings) {
    const auto bucket = FitToBucket(bundle, &pcm);
    if (!bucket.ok()) {
      fitted.too_long = fitted.recordings.size() + 1;
      return fitted;
    }
    fitted.recordings.push_back(pcm);
    fitted.frames = std::max(fitted.frames, *bucket);
  }
  return fitted;
}

Status CheckRequest(const Bundle& bundle, const Challenge& challenge, size_t recordings) {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  const size_t least = LeastEnrolPhrases(bundle);
  if (least > kMaxEnrolPhrases) {
    return {ErrorCode::kUnsupported, "the bundle wants more phrases than an enrolment can have"};
  }
  if (recordings < least || recordings > kMaxEnrolPhrases) {
    return {ErrorCode::kInvalidArgument, "a proven enrolment takes " + std::to_string(least) +
                                             " to " + std::to_string(kMaxEnrolPhrases) +
                                             " recordings"};
  }
  return {};
}

class ProvenEnrolment {
 public:
  ProvenEnrolment(const Bundle& bundle, const Challenge& challenge, const WorkOptions& options)
      : bundle_(bundle), challenge_(challenge), options_(options), pool_(PoolFor(options)) {}

  Result<EnrolmentProof> Run(std::span<const std::span<const int16_t>> recordings) {
    const Fitted fitted = FitAll(bundle_, recordings);
    if (fitted.too_long != 0) return Refused(Refusal::kTooLong, fitted.too_long);
    const EnrolmentShape shape{fitted.frames, recordings.size(), challenge_.digits.size()};
    if (!CanHoldEnough(bundle_.data().decision, shape)) return Refused(Refusal::kTooShort, 0);
    VOIZK_ASSIGN_OR_RETURN(const CommonVoice voice, Listen(fitted, shape));
    if (voice.refusal != Refusal::kNone) return Refused(voice.refusal, voice.recording);
    out_.credential.voice_template = voice.values;
    VOIZK_RETURN_IF_ERROR(Prove(fitted, shape));
    return std::move(out_);
  }

 private:
  static EnrolmentProof Refused(Refusal refusal, size_t recording) {
    EnrolmentProof out;
    out.refusal = refusal;
    out.recording = recording;
    return out;
  }

  /// Each recording by itself, then all of them: what the relation shows, with the recording that
  /// is to blame where it could not.
  Result<CommonVoice> Listen(const Fitted& fitted, const EnrolmentShape& shape) {
    Stopwatch watch;
    VOIZK_ASSIGN_OR_RETURN(const SpokenPhraseModel model,
                           SpokenPhraseModel::Make(bundle_, {shape.frames, shape.digits}));
    VOIZK_ASSIGN_OR_RETURN(const auto phrases, EnrolmentPhrases(challenge_, shape.phrases));
    std::vector<Embedding> embeddings;
    int64_t voiced = 0;  // 20 ms frames
    CommonVoice refused;
    for (size_t i = 0; i < shape.phrases; ++i) {
      Report(options_, "listening", 0.2 * double(i) / double(shape.phrases));
      VOIZK_ASSIGN_OR_RETURN(const HeardPhrase heard,
                             model.Hear(fitted.recordings[i], phrases[i], &pool_));
      if (heard.refusal != Refusal::kNone) {
        refused.refusal = heard.refusal;
        refused.recording = i + 1;
        return refused;
      }
      embeddings.push_back(heard.embedding);
      voiced += heard.voiced;
    }
    out_.stats.seconds_witness = watch.Lap();
    const DecisionConfig& decision = bundle_.data().decision;
    if (2 * voiced >= decision.enrol_voiced_min) return FindCommonVoice(decision, embeddings);
    refused.refusal = Refusal::kTooShort;
    return refused;
  }

  Status Prove(const Fitted& fitted, const EnrolmentShape& shape) {
    Stopwatch watch;
    VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeEnrolmentInstance(bundle_, shape));
    out_.stats.bucket = shape.frames;
    out_.stats.cells = instance.params().cells;
    out_.stats.lookups = instance.counts().leaves;
    out_.stats.seconds_relation = watch.Lap();

    SecretCredential& credential = out_.credential;
    credential.relying_party = challenge_.relying_party;
    credential.bundle_digest = bundle_.digest();
    VOIZK_ASSIGN_OR_RETURN(credential.salt, MakeSalt());
    VOIZK_ASSIGN_OR_RETURN(const PublicValues publics,
                           EnrolmentPublicValues(bundle_, credential.Public(), challenge_, shape));
    VOIZK_ASSIGN_OR_RETURN(Witness witness, Run(instance, fitted, publics.inputs()));
    const WitnessEraser erase(witness);
    out_.stats.seconds_witness += watch.Lap();

    Report(options_, "proving", 0.2);
    // A proof that would be rejected does not leave Prove.
    VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> proof,
                           ProveAndErase(instance, publics, &witness, &pool_));
    out_.stats.seconds_prove = watch.Lap();
    Report(options_, "proving", 1.0);
    out_.bytes = EncodeEnrolmentFile({shape.frames, static_cast<uint8_t>(shape.phrases), proof});
    return {};
  }

  /// Never kRefused: Listen found the same values.
  Result<Witness> Run(const Instance& instance, const Fitted& fitted,
                      const PublicInputValues& publics) {
    VOIZK_ASSIGN_OR_RETURN(
        Inputs inputs, EnrolmentInputs(bundle_.data().features, fitted.frames, fitted.recordings,
                                       out_.credential.salt, publics));
    const InputsEraser erase(inputs);
    auto witness = Execute(instance.relation(), inputs, &pool_, LoginHints());
    if (witness.ok() || witness.error().code != ErrorCode::kRefused) return witness;
    return {ErrorCode::kInternal, "an enrolment that was checked is refused"};
  }

  const Bundle& bundle_;
  const Challenge& challenge_;
  const WorkOptions& options_;
  ThreadPool pool_;
  EnrolmentProof out_;
};

}  // namespace

Result<EnrolmentProof> ProveEnrolment(const TrustedBundle& trusted, const Challenge& challenge,
                                      std::span<const std::span<const int16_t>> recordings,
                                      const WorkOptions& options) try {
  const KeepMemory keep;
  VOIZK_RETURN_IF_ERROR(CheckRequest(*trusted, challenge, recordings.size()));
  return ProvenEnrolment(*trusted, challenge, options).Run(recordings);
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
