// A whole login on tiny networks of random weights: everything of the statement but accuracy.  The
// thresholds are so wide that any speech passes; single tests tighten them.
#ifndef VOIZK_TESTS_SUPPORT_TINY_LOGIN_H_
#define VOIZK_TESTS_SUPPORT_TINY_LOGIN_H_

#include <random>
#include <utility>
#include <vector>

#include "crypto/hash/sha256.h"
#include "login/hints/hints.h"
#include "login/relation/login_relation.h"
#include "login/relation/template.h"
#include "network/operations/conv1d.h"
#include "network/operations/dense.h"
#include "network/operations/requant.h"
#include "network/operations/stats_pool.h"
#include "relation/execution/executor.h"
#include "support/bundle_constants.h"

namespace voizk {

inline std::vector<int32_t> RandomWeights(size_t n, int32_t limit, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<int32_t> w(n);
  for (int32_t& x : w) x = static_cast<int32_t>(rng() % (2 * uint32_t(limit) + 1)) - limit;
  return w;
}

inline op::Conv1d TinyConv(uint32_t outputs, uint32_t inputs, uint32_t seed) {
  op::Conv1d::Attributes a;
  a.outputs = outputs;
  a.kernel = 2;
  a.group_inputs = inputs;
  a.weight = RandomWeights(size_t{outputs} * 2 * inputs, 7, seed);
  a.stride = 2;
  return op::Conv1d(std::move(a));
}

inline op::Requant TinyRequant(int shift, int32_t lo) {
  op::Requant::Attributes a;
  a.shift = shift;
  a.mult = 1 << 8;
  a.q = 8;
  a.lo = lo;
  a.hi = 127;
  return op::Requant(a);
}

inline Result<Graph> TinyRecogniser(uint32_t frames) {
  Graph g;
  const auto features = g.Input("features", MakeShape({frames, 32}), -128, 127);
  const auto acc = g.Add("conv", TinyConv(13, 32, 1), {features});
  g.Add("logits", TinyRequant(6, -127), {acc});
  return g;
}

inline Result<Graph> TinyEmbedding(uint32_t frames) {
  Graph g;
  const auto features = g.Input("features", MakeShape({frames, 32}), -128, 127);
  const auto mask = g.Input("mask", MakeShape({frames / 2}), 0, 1);
  const auto acc = g.Add("conv", TinyConv(8, 32, 2), {features});
  const auto relu = g.Add("relu", TinyRequant(6, 0), {acc});
  const auto pool = g.Add("pool", op::StatsPool(), {relu, mask});
  op::Dense::Attributes a;
  a.outputs = kEmbeddingSize;
  a.weight = RandomWeights(size_t{kEmbeddingSize} * 16, 7, 3);
  const auto dense = g.Add("dense", op::Dense(std::move(a)), {pool});
  g.Add("embedding", TinyRequant(7, -127), {dense});
  return g;
}

/// Bounds that every path keeps.
inline EvenDigits AnyDigits() {
  return {.frames_max = 1 << 16,
          .voiced_min = 0,
          .voiced_percent = 0,
          .share_percent_lo = 0,
          .share_percent_hi = 1600,
          .level_range = 1 << 15};
}

inline LoginModel TinyModel() {
  LoginModel m;
  m.front_end = TestFrontEnd();
  DecisionConfig& d = m.decision;
  d.min_frames.fill(3);
  d.margin_base = 1 << 24;
  d.inside_min = 1;
  d.outside_max = 1 << 20;
  d.digits = AnyDigits();
  d.theta_q12 = 2048;
  d.template_norm = 300;
  d.template_norm2_lo = 85000;
  d.template_norm2_hi = 95000;
  d.embedding_norm2_min = 64;
  d.phrase_digits_min = 5;
  d.phrase_digits_max = 8;
  d.enrol_min_utterances = 1;
  m.bundle_digest = Sha256Of(std::vector<uint8_t>{1, 2, 3});
  m.embedding = TinyEmbedding;
  m.recogniser = TinyRecogniser;
  return m;
}

/// One user, enrolled on the login's own recording, so that the voice agrees.
struct TinyLogin {
  LoginModel model = TinyModel();
  uint32_t frames = 256;
  LoginPublic login;
  VoiceTemplate values;
  TemplateSalt salt;
  std::vector<int16_t> pcm = TestSignal("bursts");

  LoginShape Shape() const { return {frames, login.phrase.size()}; }
  PublicInputValues Publics() const {
    return *LoginPublicInputs(model.decision, model.bundle_digest, login);
  }
  /// The public ones too, which an executor takes by name.
  Inputs SecretInputs() const {
    return *LoginInputs(model.front_end, frames, pcm, values, salt, Publics());
  }
  Digest Commit() const {
    return ComputeCommitment(values, salt, login.relying_party, model.bundle_digest);
  }
};

inline Result<TinyLogin> MakeTinyLogin() {
  TinyLogin t;
  t.login.relying_party = "example.org";
  t.login.phrase = {4, 0, 7, 1, 9};
  for (size_t i = 0; i < t.salt.size(); ++i) t.salt[i] = static_cast<uint8_t>(i * 37 + 1);
  VOIZK_ASSIGN_OR_RETURN(const Relation enrol, BuildEnrolRelation(t.model, t.frames));
  VOIZK_ASSIGN_OR_RETURN(const Executor executor, Executor::Make(enrol, LoginHints()));
  VOIZK_ASSIGN_OR_RETURN(
      const auto found, executor.Infer(t.SecretInputs(), {kEnrolEmbedding, kEnrolVoiced}, nullptr));
  Embedding e;
  const auto& cells = found.at(kEnrolEmbedding);
  std::copy(cells.begin(), cells.end(), e.begin());
  VOIZK_ASSIGN_OR_RETURN(t.values, AverageEmbeddings(t.model.decision, std::span(&e, 1)));
  t.login.commitment = t.Commit();
  return t;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_TINY_LOGIN_H_
