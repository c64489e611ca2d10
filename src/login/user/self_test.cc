#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "base/exceptions.h"
#include "base/threads.h"
#include "proof/prover/prover.h"
#include "proof/verifier/verifier.h"
#include "relation/builder/builder.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/execution/executor.h"
#include "relation/gadgets/commit.h"
#include "relation/gadgets/table.h"
#include "voizk/login.h"

namespace voizk {
namespace {

constexpr char kFailed[] = "the proof system does not work on this machine: ";

/// 16 secret values, each requantised by a table.
Result<Relation> SmallRelation() {
  Builder b;
  const TensorId x = gadgets::Input(b, "x", MakeShape({16}), -100, 100);
  gadgets::Requant(b, "y", views::Offset(views::Scale(b.Identity(x), 37), 5), 3,
                   [](int64_t v) { return static_cast<int32_t>(std::clamp<int64_t>(v, 0, 127)); });
  return std::move(b).Finish();
}

}  // namespace

Status SelfTest(int threads) try {
  VOIZK_ASSIGN_OR_RETURN(Relation relation, SmallRelation());
  VOIZK_ASSIGN_OR_RETURN(const Instance instance,
                         Instance::Make(std::make_shared<const Relation>(std::move(relation))));
  ThreadPool pool(static_cast<size_t>(std::max(threads, 1)));
  Inputs inputs;
  for (int32_t i = 0; i < 16; ++i) inputs["x"].push_back(12 * i - 90);
  VOIZK_ASSIGN_OR_RETURN(Witness witness, Execute(instance.relation(), inputs, &pool));
  PublicValues public_values;
  public_values.AddText("purpose", "self test");
  VOIZK_ASSIGN_OR_RETURN(std::vector<uint8_t> proof,
                         Prove(instance, public_values, witness, &pool));
  if (const Status status = Verify(instance, public_values, proof); !status.ok()) {
    return {ErrorCode::kInternal, kFailed + status.error().message};
  }
  proof[proof.size() / 2] ^= 1;
  if (Verify(instance, public_values, proof).ok()) {
    return {ErrorCode::kInternal, std::string(kFailed) + "an altered proof is accepted"};
  }
  witness[0][3] += 1;  // a witness that the relation does not hold for
  if (Prove(instance, public_values, witness, &pool).ok()) {
    return {ErrorCode::kInternal, std::string(kFailed) + "a false statement is proven"};
  }
  return {};
} catch (...) {
  return ErrorOfException();
}

std::string KernelTarget() {
#ifdef VOIZK_SCALAR
  return "plain";
#else
  auto targets = static_cast<uint64_t>(HWY_SUPPORTED_TARGETS);
  targets &= static_cast<uint64_t>(HWY_TARGETS);
  return targets == 0 ? "plain" : hwy::TargetName(int64_t{1} << std::countr_zero(targets));
#endif
}

}  // namespace voizk
