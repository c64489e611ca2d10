#include <sys/resource.h>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <gtest/gtest.h>
#include <map>
#include "bundle/login_model.h"
#include "features/front_end.h"
#include "features/level.h"
#include "prover/prover.h"
#include "support/bundle_constants.h"
#include "support/relation_harness.h"
#include "support/tiny_login.h"
#include "verifier/verifier.h"
using namespace voizk;
double Cpu() { timespec t; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); return double(t.tv_sec) + 1e-9 * double(t.tv_nsec); }
double Wall() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
struct Phase { const char* name; double c = Cpu(), w = Wall(); ~Phase() { std::printf("%-12s wall %7.1f ms  cpu %7.1f ms\n", name, 1e3 * (Wall() - w), 1e3 * (Cpu() - c)); } };
int main(int argc, char** argv) {
  uint32_t frames = argc > 1 ? uint32_t(atoi(argv[1])) : 256; size_t threads = argc > 2 ? size_t(atoi(argv[2])) : 1; int reps = argc > 3 ? atoi(argv[3]) : 3;
  const auto bundle = LoadBundle(VectorPath("random_bundle"));
  LoginModel model = MakeLoginModel(*bundle);
  model.decision.margin_base = 1 << 24; model.decision.inside_min = 1; model.decision.outside_max = 1 << 20; model.decision.embedding_norm2_min = 1;
  TinyLogin t; t.model = model; t.login.frames = frames; t.login.relying_party = "example.org"; t.login.phrase = {4, 0, 7, 1, 9};
  const auto w0 = BuildEnrolRelation(t.model, frames);
  const auto ex = Executor::Make(*w0, StatementHints());
  const auto pcm = SplitPcm(model.front_end, frames, TestSignal("bursts"));
  const auto found = ex->Infer({{kPcmLow, pcm->low}, {kPcmHigh, pcm->high}}, {kEnrolEmbedding}, nullptr);
  if (!found.ok()) { puts(found.error().message.c_str()); return 1; }
  Embedding e; std::copy(found->at(kEnrolEmbedding).begin(), found->at(kEnrolEmbedding).end(), e.begin());
  t.values = *AverageEmbeddings(t.model.decision, std::span(&e, 1));
  t.login.commitment = t.Commit();
  std::shared_ptr<const Relation> r;
  { Phase p("build"); r = std::make_shared<const Relation>(std::move(BuildLoginRelation(t.model, t.login)).value()); }
  ThreadPool pool(threads);
  std::optional<Result<Instance>> inst;
  { Phase p("instance"); inst.emplace(Instance::Make(r)); }
  if (!inst->ok()) { puts(inst->error().message.c_str()); return 1; }
  const Instance& in = **inst;
  std::printf("tensors %zu lookups %zu products %zu equalities %zu tables %zu leaves %lu cells %lu prodspace %lu degree %d h %d\n", r->tensors.size(), r->lookups.size(), r->products.size(), r->equalities.size(), r->tables.size(), in.counts().leaves, in.layout().cells.size, in.layout().products.size, in.degree(), in.layout().lookups.bits);
  std::optional<Result<Executor>> exec; { Phase p("exec make"); exec.emplace(Executor::Make(*r, StatementHints())); }
  std::optional<Result<Witness>> w;
  { Phase p("execute"); w.emplace((*exec)->Execute(t.Inputs(), &pool)); }
  if (!w->ok()) { puts(w->error().message.c_str()); return 1; }
  for (int i = 0; i < reps; ++i) {
    SecureRng rng; ProveStats s; Statement st;
    std::optional<Result<std::vector<uint8_t>>> proof;
    { Phase p("prove"); proof.emplace(Prove(in, st, **w, &rng, &pool, &s)); }
    if (!proof->ok()) { puts(proof->error().message.c_str()); return 1; }
    std::printf("  eval %.1f commit %.1f lookups %.1f products %.1f batch %.1f open %.1f  bytes %zu\n", 1e3*s.evaluate_s, 1e3*s.commit_s, 1e3*s.lookups_s, 1e3*s.products_s, 1e3*s.batch_s, 1e3*s.open_s, (*proof)->size());
    VerifyStats v; Status ok;
    { Phase p("verify"); for (int k = 0; k < (argc > 4 ? atoi(argv[4]) : 1); ++k) ok = Verify(in, st, **proof, &v); }
    std::printf("  %s reductions %.1f functionals %.1f opening %.1f\n", ok.ok() ? "ok" : ok.error().message.c_str(), 1e3*v.reductions_s, 1e3*v.functionals_s, 1e3*v.opening_s);
  }
  rusage u; getrusage(RUSAGE_SELF, &u); std::printf("peak %ld MB\n", u.ru_maxrss / 1024);
}
