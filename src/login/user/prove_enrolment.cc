#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/exceptions.h"
#include "base/secure.h"
#include "login/bundle/login_model.h"
#include "login/hints/hints.h"
#include "login/relation/enrolment_relation.h"
#include "login/relation/template.h"
#include "login/relying_party/enrolment_file.h"
#include "login/relying_party/enrolment_instance.h"
#include "login/relying_party/login_instance.h"
#include "login/user/recording.h"
#include "login/user/refusal.h"
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

/// Runs the models on the recordings for the template that they make.  The relation computes the
/// template from the recordings alone, so a commitment that is not theirs yet does no harm here.
Result<VoiceTemplate> TemplateOf(const Executor& executor, const Bundle& bundle,
                                 const Fitted& fitted, const PublicInputValues& publics,
                                 ThreadPool* pool) {
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs,
                         EnrolmentInputs(bundle.data().features, fitted.frames, fitted.recordings,
                                         TemplateSalt{}, publics));
  const InputsEraser erase(inputs);
  VOIZK_ASSIGN_OR_RETURN(Inputs outputs, executor.Infer(inputs, {kEnrolTemplate}, pool));
  const InputsEraser erase_outputs(outputs);
  const std::vector<int32_t>& values = outputs[kEnrolTemplate];
  VoiceTemplate out;
  if (values.size() != kTemplateDims) return {ErrorCode::kInternal, "template of another size"};
  for (size_t k = 0; k < kTemplateDims; ++k) out[k] = static_cast<int8_t>(values[k]);
  return out;
}

Status CheckRequest(const Bundle& bundle, const Challenge& challenge, size_t recordings) {
  VOIZK_RETURN_IF_ERROR(CheckChallenge(challenge));
  const size_t least = LeastEnrolPhrases(bundle);
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
    if (fitted.too_long != 0) {
      out_.refusal = Refusal::kTooLong;
      out_.recording = fitted.too_long;
      return std::move(out_);
    }
    Status status = Prove(fitted, {fitted.frames, recordings.size(), challenge_.digits.size()});
    if (!status.ok() && status.error().code == ErrorCode::kRefused) {
      std::string code = status.error().message;
      out_ = {};
      out_.recording = TakeEnrolmentScope(&code);
      out_.refusal = RefusalOf(code);
    } else if (!status.ok()) {
      return status.error();
    }
    return std::move(out_);
  }

 private:
  Status Prove(const Fitted& fitted, const EnrolmentShape& shape) {
    Stopwatch watch;
    Report(options_, "listening", 0.0);
    VOIZK_ASSIGN_OR_RETURN(const Instance instance, MakeEnrolmentInstance(bundle_, shape));
    VOIZK_ASSIGN_OR_RETURN(const Executor executor,
                           Executor::Make(instance.relation(), LoginHints()));
    out_.stats.bucket = shape.frames;
    out_.stats.cells = instance.params().cells;
    out_.stats.lookups = instance.counts().leaves;
    out_.stats.seconds_relation = watch.Lap();

    Report(options_, "listening", 0.1);
    SecretCredential& credential = out_.credential;
    credential.relying_party = challenge_.relying_party;
    credential.bundle_digest = bundle_.digest();
    const auto values = [&] {
      return EnrolmentPublicValues(bundle_, credential.Public(), challenge_, shape);
    };
    VOIZK_ASSIGN_OR_RETURN(PublicValues publics, values());
    VOIZK_ASSIGN_OR_RETURN(credential.voice_template,
                           TemplateOf(executor, bundle_, fitted, publics.inputs(), &pool_));
    VOIZK_ASSIGN_OR_RETURN(credential.salt, MakeSalt());
    VOIZK_ASSIGN_OR_RETURN(publics, values());
    VOIZK_ASSIGN_OR_RETURN(
        Inputs inputs, EnrolmentInputs(bundle_.data().features, fitted.frames, fitted.recordings,
                                       credential.salt, publics.inputs()));
    const InputsEraser erase_inputs(inputs);
    VOIZK_ASSIGN_OR_RETURN(Witness witness, executor.Execute(inputs, &pool_));
    const WitnessEraser erase(witness);
    out_.stats.seconds_witness = watch.Lap();

    Report(options_, "proving", 0.2);
    // A proof that would be rejected does not leave Prove.
    VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> proof,
                           ProveAndErase(instance, publics, &witness, &pool_));
    out_.stats.seconds_prove = watch.Lap();
    Report(options_, "proving", 1.0);
    out_.bytes = EncodeEnrolmentFile({shape.frames, static_cast<uint8_t>(shape.phrases), proof});
    return {};
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
