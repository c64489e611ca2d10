// Runs a relation with an honest prover's hints and lets a test lie about single cells.
#ifndef VOIZK_TESTS_SUPPORT_RELATION_HARNESS_H_
#define VOIZK_TESTS_SUPPORT_RELATION_HARNESS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "login/hints/hints.h"
#include "relation/builder/builder.h"
#include "relation/execution/checker.h"
#include "relation/execution/executor.h"

namespace voizk {

class RelationHarness {
 public:
  /// Finishes the builder (which certifies the relation).
  explicit RelationHarness(Builder&& b) : finished_(std::move(b).Finish()) {
    EXPECT_TRUE(finished_.ok()) << finished_.error().message;
  }
  explicit RelationHarness(Relation relation) : finished_(std::move(relation)) {}
  bool ok() const { return finished_.ok(); }
  const Relation& relation() const { return *finished_; }
  /// Of the last Run.
  const PublicInputValues& publics() const { return publics_; }

  /// Executes with the statement's hints.  From here on the statement's public inputs are the ones
  /// given here by name.
  Result<Witness> Run(const Inputs& inputs) const {
    publics_.clear();
    for (const PublicInput& p : relation().publics) publics_.push_back(inputs.at(p.name));
    return Execute(relation(), inputs, nullptr, LoginHints());
  }

  /// Whether the relation accepts the witness mod p (what a proof shows), multiplicities recounted.
  bool Accepts(Witness w) const {
    for (const TensorId m : relation().multiplicities) {
      w[m].assign(relation().tensors[m].shape.Cells(), 0);
    }
    return FillMultiplicities(relation(), &w).ok() &&
           CheckRelationModP(relation(), w, publics_).ok();
  }

  /// Whether the relation accepts a prover who skips every local refusal, with hints of his own.
  bool AcceptsUnchecked(const Inputs& inputs, const HintRegistry& hints) const {
    Relation lying = relation();
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    const auto executor = Executor::Make(lying, hints);
    EXPECT_TRUE(executor.ok()) << executor.error().message;
    // No step refuses: what refuses then is a lookup.
    const auto ran = executor->Infer(inputs, {lying.tensors.back().name}, nullptr);
    EXPECT_TRUE(ran.ok()) << ran.error().message;
    const auto w = executor->Execute(inputs, nullptr);
    return w.ok() && Accepts(*w);
  }

  TensorId Find(const std::string& name) const {
    for (size_t t = 0; t < relation().tensors.size(); ++t) {
      if (relation().tensors[t].name == name) return static_cast<TensorId>(t);
    }
    ADD_FAILURE() << "no tensor " << name;
    return 0;
  }

  /// Whether the relation accepts a prover who skips every local refusal and computes everything
  /// after the named tensor from `values`, put in place of what its step found.
  bool AcceptsLie(const Inputs& inputs, const Witness& honest, const std::string& name,
                  std::vector<int32_t> values) const {
    Relation lying = relation();
    const TensorId target = Find(name);
    Witness told = honest;
    told[target] = std::move(values);
    std::erase_if(lying.steps, [](const Step& s) { return s.kind == StepKind::kCheckRange; });
    HintRegistry hints = LoginHints();
    for (Step& step : lying.steps) {
      const std::vector<TensorId> outputs = step.outputs;
      if (std::find(outputs.begin(), outputs.end(), target) == outputs.end()) continue;
      step.kind = StepKind::kCustom;
      step.name = "lie";
      step.params.clear();
      hints["lie"] = [outputs, &told](const HintCall& call) {
        for (size_t k = 0; k < outputs.size(); ++k) {
          std::copy(told[outputs[k]].begin(), told[outputs[k]].end(), call.outputs[k].begin());
        }
        return Status();
      };
    }
    const auto w = Execute(lying, inputs, nullptr, hints);
    return w.ok() && Accepts(*w);
  }

  /// Whether the relation still accepts after one cell is changed.
  bool AcceptsWith(const Witness& w, TensorId t, size_t cell, int32_t value) const {
    Witness lie = w;
    lie[t][cell] = value;
    return Accepts(std::move(lie));
  }

 private:
  Result<Relation> finished_;
  mutable PublicInputValues publics_;
};

struct RelationSize {
  uint64_t cells = 0, lookups = 0, rows = 0, products = 0;
};

inline RelationSize SizeOf(const Relation& r) {
  RelationSize s;
  for (const Tensor& t : r.tensors) s.cells += t.shape.Cells();
  for (const Lookup& l : r.lookups) s.lookups += l.key.shape.Cells();
  for (const Table& t : r.tables) s.rows += t.keys.size();
  for (const Product& p : r.products) s.products += p.a.shape.Cells();
  return s;
}

}  // namespace voizk

#endif  // VOIZK_TESTS_SUPPORT_RELATION_HARNESS_H_
