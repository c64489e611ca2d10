#include <algorithm>
#include <chrono>
#include <utility>

#include "base/exceptions.h"
#include "base/secure.h"
#include "base/threads.h"
#include "login/bundle/login_model.h"
#include "login/hints/hints.h"
#include "login/relation/login_relation.h"
#include "login/relying_party/login_file.h"
#include "login/relying_party/login_instance.h"
#include "login/user/recording.h"
#include "login/user/refusal.h"
#include "proof/prover/prover.h"
#include "relation/execution/executor.h"
#include "voizk/login.h"
#include "voizk/memory.h"

namespace voizk {
namespace {

using Clock = std::chrono::steady_clock;

/// Seconds since it was last asked.
class Stopwatch {
 public:
  double Lap() {
    const auto now = Clock::now();
    const std::chrono::duration<double> seconds = now - start_;
    start_ = now;
    return seconds.count();
  }

 private:
  Clock::time_point start_ = Clock::now();
};

LoginProof Refused(Refusal refusal) {
  LoginProof proof;
  proof.refusal = refusal;
  return proof;
}

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

void Report(const WorkOptions& options, const char* stage, double fraction) {
  if (options.progress) options.progress(stage, fraction);
}

}  // namespace

Result<LoginProof> ProveLogin(const TrustedBundle& trusted, const SecretCredential& credential,
                              const Challenge& challenge, std::span<const int16_t> pcm,
                              const WorkOptions& options) try {
  const KeepMemory keep;
  const Bundle& bundle = *trusted;
  const PublicCredential pub = credential.Public();
  VOIZK_RETURN_IF_ERROR(CheckBelongTogether(bundle, pub, challenge));
  const auto bucket = FitToBucket(bundle, &pcm);
  if (!bucket.ok()) return Refused(Refusal::kTooLong);
  const uint32_t frames = *bucket;

  LoginProof out;
  out.stats.bucket = frames;
  Stopwatch watch;
  ThreadPool pool(static_cast<size_t>(std::max(options.threads, 1)));
  Report(options, "listening", 0.0);
  VOIZK_ASSIGN_OR_RETURN(const LoginInstance login,
                         MakeLoginInstance(bundle, pub, challenge, frames));
  out.stats.cells = login.instance.params().cells;
  out.stats.lookups = login.instance.counts().leaves;
  out.stats.seconds_relation = watch.Lap();

  Report(options, "listening", 0.2);
  auto witness = MakeWitness(bundle, credential, login, frames, pcm, &pool);
  if (!witness.ok()) {
    if (witness.error().code != ErrorCode::kRefused) return witness.error();
    return Refused(RefusalOf(witness.error().message));
  }
  const WitnessEraser erase(*witness);
  out.stats.seconds_witness = watch.Lap();

  Report(options, "proving", 0.3);
  // A proof that would be rejected does not leave Prove.
  VOIZK_ASSIGN_OR_RETURN(const std::vector<uint8_t> proof,
                         ProveAndErase(login.instance, login.public_values, &*witness, &pool));
  out.stats.seconds_prove = watch.Lap();

  Report(options, "proving", 1.0);
  out.bytes = EncodeLoginFile(frames, proof);
  return out;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
