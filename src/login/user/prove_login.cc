#include <algorithm>
#include <optional>
#include <utility>

#include "base/exceptions.h"
#include "base/secure.h"
#include "login/bundle/login_model.h"
#include "login/hints/hints.h"
#include "login/relation/login_relation.h"
#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "login/user/recording.h"
#include "login/user/refusal.h"
#include "login/user/work.h"
#include "proof/prover/prover.h"
#include "relation/execution/executor.h"
#include "voizk/login.h"
#include "voizk/memory.h"

namespace voizk {
namespace {

/// The relation's witness: everything that the models compute from the recording.
Result<Witness> MakeWitness(const Bundle& bundle, const SecretCredential& credential,
                            const LoginInstance& login, uint32_t frames,
                            std::span<const int16_t> pcm, ThreadPool* pool) {
  VOIZK_ASSIGN_OR_RETURN(Inputs inputs,
                         LoginInputs(bundle.data().features, frames, pcm, credential.voice_template,
                                     credential.salt, login.public_values.inputs()));
  const InputsEraser erase(inputs);
  return Execute(login.instance.relation(), inputs, pool, LoginHints());
}

/// A recording that the models have been run on.
struct Heard {
  Refusal refusal = Refusal::kNone;
  std::optional<LoginInstance> login;  // these two: unless refused
  std::optional<Witness> witness;      // secret; the caller erases it
  LoginStats stats;
};

Result<Heard> Listen(const Bundle& bundle, const SecretCredential& credential,
                     const Challenge& challenge, std::span<const int16_t> pcm,
                     const WorkOptions& options, ThreadPool* pool) {
  const PublicCredential pub = credential.Public();
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(bundle, pub, challenge));
  Heard heard;
  const auto bucket = FitToBucket(bundle, &pcm);
  if (!bucket.ok()) {
    heard.refusal = Refusal::kTooLong;
    return heard;
  }
  heard.stats.bucket = *bucket;
  Stopwatch watch;
  Report(options, "listening", 0.0);
  VOIZK_ASSIGN_OR_RETURN(heard.login, MakeLoginInstance(bundle, pub, challenge, *bucket));
  heard.stats.cells = heard.login->instance.params().cells;
  heard.stats.lookups = heard.login->instance.counts().leaves;
  heard.stats.seconds_relation = watch.Lap();

  Report(options, "listening", 0.2);
  auto witness = MakeWitness(bundle, credential, *heard.login, *bucket, pcm, pool);
  heard.stats.seconds_witness = watch.Lap();
  if (witness.ok()) {
    heard.witness = std::move(*witness);
  } else if (witness.error().code == ErrorCode::kRefused) {
    heard.refusal = RefusalOf(witness.error().message);
  } else {
    return witness.error();
  }
  return heard;
}

}  // namespace

Result<Refusal> CheckLogin(const TrustedBundle& trusted, const SecretCredential& credential,
                           const Challenge& challenge, std::span<const int16_t> pcm,
                           const WorkOptions& options) try {
  const KeepMemory keep;
  ThreadPool pool = PoolFor(options);
  VOIZK_ASSIGN_OR_RETURN(Heard heard, Listen(*trusted, credential, challenge, pcm, options, &pool));
  if (heard.witness) const WitnessEraser erase(*heard.witness);
  return heard.refusal;
} catch (...) {
  return ErrorOfException();
}

Result<LoginProof> ProveLogin(const TrustedBundle& trusted, const SecretCredential& credential,
                              const Challenge& challenge, std::span<const int16_t> pcm,
                              const WorkOptions& options) try {
  const KeepMemory keep;
  ThreadPool pool = PoolFor(options);
  VOIZK_ASSIGN_OR_RETURN(Heard heard, Listen(*trusted, credential, challenge, pcm, options, &pool));
  LoginProof out;
  out.refusal = heard.refusal;
  if (heard.refusal != Refusal::kNone) return out;
  const WitnessEraser erase(*heard.witness);
  out.stats = heard.stats;

  Report(options, "proving", 0.3);
  Stopwatch watch;
  // A proof that would be rejected does not leave Prove.
  VOIZK_ASSIGN_OR_RETURN(
      const std::vector<uint8_t> proof,
      ProveAndErase(heard.login->instance, heard.login->public_values, &*heard.witness, &pool));
  out.stats.seconds_prove = watch.Lap();

  Report(options, "proving", 1.0);
  out.bytes = EncodeLoginFile(out.stats.bucket, proof);
  return out;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
