// Simplify: the rewriting rules, each tried at every node until none applies any more.
#include "base/exceptions.h"
#include "network/specialise/fuse.h"
#include "network/specialise/merge.h"
#include "network/specialise/normalised_bank.h"
#include "network/specialise/specialise.h"
#include "network/specialise/split_conv.h"

namespace voizk {

namespace {

using Rule = bool (*)(GraphEditor&, size_t);

// Every rewriting makes the graph smaller or moves an affine function closer to a weight, so that a
// node is rewritten a few times at most; the bound is for what nobody thought of.
constexpr size_t kMaxRounds = 64;

Status Apply(GraphEditor& graph, std::initializer_list<Rule> rules, const ExecuteOptions& options) {
  for (size_t round = 0; round < kMaxRounds; ++round) {
    bool changed = false;
    for (size_t n = 0; n < graph.node_count(); ++n) {
      if (options.interrupted && options.interrupted()) {
        return {ErrorCode::kRefused, "interrupted"};
      }
      if (graph.work() > options.max_work) {
        return {ErrorCode::kLimitExceeded, "merging constants takes too much work"};
      }
      for (const Rule rule : rules) {
        if (!graph.node(n).op.empty()) changed |= rule(graph, n);
      }
    }
    if (!changed) break;
  }
  return {};
}

Status CheckIsFlat(const FloatGraph& graph) {
  VOIZK_RETURN_IF_ERROR(CheckFloatGraph(graph));
  for (const FloatGraphValue& value : graph.values) {
    if (!value.type || !value.dims) {
      return {ErrorCode::kInvalidArgument, "value " + value.name + " has no fixed shape"};
    }
  }
  return {};
}

}  // namespace

// Exploded operations first: their pieces are affine functions too, and would be merged away.  Then
// chains of affine functions, so that large weights are multiplied once.
Result<FloatGraph> Simplify(const FloatGraph& graph, const ExecuteOptions& options) try {
  VOIZK_RETURN_IF_ERROR(CheckIsFlat(graph));
  GraphEditor editor(graph);
  VOIZK_RETURN_IF_ERROR(Apply(editor, {FuseNorm, FuseActivation, FuseMask}, options));
  VOIZK_RETURN_IF_ERROR(Apply(editor, {LowerBatchNormalization, MergeAffines}, options));
  VOIZK_RETURN_IF_ERROR(
      Apply(editor, {MergeAffineBackwards, MergeAffines, MergeAffineForwards}, options));
  // What is left before a convolution that has been split can go into its parts.
  GraphEditor parts(SplitConvolutions(NormaliseBehindBanks(std::move(editor).Finish())));
  VOIZK_RETURN_IF_ERROR(Apply(parts, {MergeAffineForwards}, options));
  FloatGraph simple = std::move(parts).Finish();
  VOIZK_RETURN_IF_ERROR(CheckFloatGraph(simple));
  return simple;
} catch (...) {
  return ErrorOfException();
}

}  // namespace voizk
