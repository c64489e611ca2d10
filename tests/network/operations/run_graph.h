// Runs a graph as a relation: honest witness, checked; and tampered witnesses, refused.
#ifndef VOIZK_TESTS_NETWORK_OPERATIONS_RUN_GRAPH_H_
#define VOIZK_TESTS_NETWORK_OPERATIONS_RUN_GRAPH_H_

#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "network/graph/graph.h"
#include "relation/execution/executor.h"

namespace voizk {

struct Outcome {
  std::vector<int32_t> output;
  Relation relation;
  Witness witness;
  PublicInputValues publics;  // lattice commitments, where weights are committed
  std::string error;          // empty: everything held
};

/// The output's cells, and whether the honest witness satisfies the relation.
inline Outcome RunGraph(const Graph& graph, const Inputs& inputs) {
  Outcome outcome;
  auto relation = graph.BuildStandalone();
  if (!relation.ok()) {
    outcome.error = relation.error().message;
    return outcome;
  }
  outcome.relation = std::move(relation).value();
  const auto witness = Execute(outcome.relation, inputs, nullptr);
  if (!witness.ok()) {
    outcome.error = witness.error().message;
    return outcome;
  }
  outcome.witness = *witness;
  outcome.publics = PublicInputsOf(outcome.relation, outcome.witness);
  const Status status = CheckRelation(outcome.relation, outcome.witness, outcome.publics);
  if (!status.ok()) outcome.error = status.error().message;
  const std::string& name = graph.name(static_cast<Graph::NodeId>(graph.size() - 1));
  for (size_t t = 0; t < outcome.relation.tensors.size(); ++t) {
    if (outcome.relation.tensors[t].name == name) outcome.output = outcome.witness[t];
  }
  return outcome;
}

/// Whether some cell that is no input can be changed by one without the relation noticing (one cell
/// per tensor, in both directions; multiplicities recounted where the tables still hold every
/// entry).  Returns the tensor's name, or nothing.
inline std::string UnpinnedTensor(const Outcome& outcome, size_t pick) {
  const Relation& r = outcome.relation;
  std::set<TensorId> free(r.multiplicities.begin(), r.multiplicities.end());
  for (const Step& step : r.steps) {
    if (step.kind == StepKind::kInput) free.insert(step.outputs[0]);
  }
  for (TensorId t = 0; t < r.tensors.size(); ++t) {
    if (free.count(t) != 0) continue;
    for (const int32_t change : {1, -1}) {
      Witness wrong = outcome.witness;
      wrong[t][pick % wrong[t].size()] += change;
      if (!FillMultiplicities(r, &wrong).ok()) continue;
      if (CheckRelation(r, wrong, outcome.publics).ok()) return r.tensors[t].name;
    }
  }
  return {};
}

inline int Some(int lo, int hi) { return *rc::gen::inRange(lo, hi + 1); }
inline uint32_t SomeU(int lo, int hi) { return static_cast<uint32_t>(Some(lo, hi)); }

inline std::vector<int32_t> SomeValues(size_t n, int lo, int hi) {
  return *rc::gen::container<std::vector<int32_t>>(n, rc::gen::inRange(lo, hi + 1));
}

inline int64_t FloorDivide(int64_t n, int64_t d) {
  return n / d - (n % d != 0 && (n < 0) != (d < 0));
}

}  // namespace voizk

#endif  // VOIZK_TESTS_NETWORK_OPERATIONS_RUN_GRAPH_H_
