// From a float network to a quantised one: what every rule for one of ONNX's operations works with.
#ifndef VOIZK_NETWORK_QUANTISE_LOWERING_H_
#define VOIZK_NETWORK_QUANTISE_LOWERING_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "network/float_graph/graph.h"
#include "network/quantise/emitter.h"
#include "network/quantise/layout.h"
#include "network/quantise/linear.h"
#include "network/quantise/quantise.h"
#include "network/quantise/statistics.h"

namespace voizk {

/// A float value's image.  Values of one reader stay linear until it is known what they are rounded
/// for; `small` is the rounded tensor once somebody wanted it.
struct Image {
  TensorLayout layout;
  std::vector<uint32_t> dims;  // of the integer tensor
  std::optional<Quantity> small;
  std::optional<Linear> linear;
};

/// real = factor * (the quantity's real) + constant, both one number or one per channel, which is
/// the last dim of the integer tensor.
struct AffineImage {
  Quantity quantity;
  RealTensor factor = RealTensor::Scalar(1);
  RealTensor constant = RealTensor::Scalar(0);
  bool is_plain() const;  // the quantity itself
};
Linear LinearOf(const AffineImage& affine, std::vector<uint32_t> dims);

class Lowering {
 public:
  Lowering(const FloatGraph& graph, std::span<const ValueStatistics> statistics,
           const QuantiseOptions& options);

  /// All nodes; then Finish.
  Status Run();
  Result<QuantisedModel> Finish() &&;
  std::vector<QuantisedValue> Values() const;

  // -- what rules read --
  const FloatGraph& graph() const { return graph_; }
  const std::vector<int64_t>& dims(FloatValueId id) const { return *graph_.values[id].dims; }
  const FloatTensor* ConstantOf(FloatValueId id) const { return graph_.ConstantOf(id); }
  const ValueStatistics& statistics(FloatValueId id) const { return statistics_[id]; }
  /// The step and range for a value, shared by all values that must agree in it: of that many bits,
  /// or more where quiet samples need them.
  IntegerRange RangeOf(FloatValueId id, int least_bits) const;
  int bits() const { return options_.bits; }
  /// Bits of values whose squares are summed over `count` of them: at most 10.
  static int BitsOfRows(double count);
  /// Of a value that is normalised in rows of `count`: that many, or up to 12 where quiet rows need
  /// them.
  int BitsNormalised(FloatValueId id, double count) const;
  /// Such a sum, a little below p/2.
  static constexpr double kMostSquares = 1.06e9;
  /// What the model's nodes of this float node are called: as its first output, if there is one.
  std::string_view NameOf(const FloatNode& node) const {
    const FloatValueId id = node.outputs.empty() ? kAbsentValue : node.outputs[0];
    return id == kAbsentValue ? node.name : graph_.values[id].name;
  }
  /// Null: an input or a constant.
  const FloatNode* WriterOf(FloatValueId id) const {
    return id == kAbsentValue ? nullptr : writers_[id];
  }
  /// Null: there are several, or the value is the output.
  const FloatNode* OnlyReaderOf(FloatValueId id) const {
    return has_one_reader(id) ? reader_nodes_[id] : nullptr;
  }
  bool has_one_reader(FloatValueId id) const { return readers_[id] == 1; }
  /// Whether a logarithm behind it shows what is small.
  bool is_precise(FloatValueId id) const { return precise_[id]; }
  /// Whether it becomes the argument of a function's table, perhaps after sums and moves.
  bool FeedsTable(FloatValueId id) const;
  /// A function of one number.
  static bool BecomesTable(std::string_view op);
  Emitter& emitter() { return emitter_; }

  // -- images --
  /// Of an input of a node; kUnsupported for what has none (integers that depend on inputs).
  Result<const Image*> ImageOf(FloatValueId id) const;
  /// Linear if it may stay so, else its small tensor as one.
  Result<Linear> LinearImage(FloatValueId id);
  /// The rounded tensor.
  Result<Quantity> Small(FloatValueId id);
  /// Whether its readers take the value as a linear one: its only reader, or any number of them
  /// where it is a tensor of at most 16 bits but for a factor and a constant per channel, which
  /// cost a reader nothing.
  bool MayStayLinear(FloatValueId id) const;
  /// What MayStayLinear allows to any number of readers, or the rounded tensor; with the dims of
  /// these axes in this order, all other axes having length 1.
  Result<AffineImage> AffineAs(FloatValueId id, std::span<const int> axes);
  /// The same as the image lies.
  Result<AffineImage> Affine(FloatValueId id);
  void SetAffine(FloatValueId id, TensorLayout layout, const AffineImage& affine);
  /// The same with the dims of the float tensor's axes in this order; all other axes have length 1.
  Result<Quantity> SmallAs(FloatValueId id, std::span<const int> axes);
  /// The same values under another layout.
  Result<Quantity> Rearranged(const Quantity& quantity, const TensorLayout& layout,
                              std::span<const int> axes);
  /// Constant values of a float tensor as they go with an image of dims `dims` and layout `layout`
  /// (both of the result of broadcasting).  kUnsupported where that takes another layout.
  Result<RealTensor> ConstantFor(const FloatTensor& tensor, const TensorLayout& layout,
                                 std::span<const uint32_t> dims) const;

  /// Emits a linear value without rounding it, at the finest step target / 2^k that fits, or a
  /// coarser one where none does.
  Result<Quantity> Accumulate(const Linear& x, double target, std::string_view name);

  void SetLinear(FloatValueId id, TensorLayout layout, Linear linear);
  void SetSmall(FloatValueId id, TensorLayout layout, Quantity small);

  /// Of a number times one integer tensor: a step of that tensor's times a power of 2, so that the
  /// rounding is a shift and no factor is rounded.  If `finer`, at most that of `range`, with one
  /// bit more, where its table allows; else, of large values, at least that.  Else `range`.
  IntegerRange WithExactStep(const Linear& x, IntegerRange range, bool finer = true) const;

  /// Indices that depend on inputs: row r of the matrix of zeros and ones has its 1 at index r.
  void SetSelection(FloatValueId id, Emitter::Node matrix) { selections_[id] = matrix; }
  std::optional<Emitter::Node> SelectionOf(FloatValueId id) const {
    const auto found = selections_.find(id);
    return found == selections_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Rounds a linear value into range: y = clamp(round(x / step), lo, hi).
  Result<Quantity> Round(const Linear& x, const IntegerRange& range, std::string_view name);
  /// y = fn(x) by table, in `out`; x is the node's input, clamped to `index_bits` of its range
  /// where it can certifiedly reach further.
  static constexpr int kIndexBits = 10;
  Result<Quantity> Apply(FloatValueId x, const std::function<double(double)>& fn,
                         const IntegerRange& out, std::string_view name,
                         int index_bits = kIndexBits);

  Error Unsupported(const FloatNode& node, std::string_view rule) const {
    return NodeError(node, ErrorCode::kUnsupported, rule);
  }

 private:
  Status AddInputs();
  void TieSteps();
  bool IsAffine(const Image& image) const;
  std::optional<ModelAttributes> RoundByMultiplier(const Linear& x,
                                                   const IntegerRange& range) const;
  void FindNormalised();
  std::optional<double> StepOfScaled(const Linear& x) const;
  std::optional<IntegerFit> FitExactly(const Linear& x, double step) const;

  const FloatGraph& graph_;
  std::span<const ValueStatistics> statistics_;
  QuantiseOptions options_;
  Emitter emitter_;
  std::vector<std::optional<Image>> images_;
  size_t functions_ = 0;  // nodes that become tables
  std::map<FloatValueId, Emitter::Node> selections_;
  std::vector<size_t> readers_;
  std::vector<const FloatNode*> writers_, reader_nodes_;  // of several, one
  std::vector<double> saturation_;                        // by value: SaturationReach
  std::vector<bool> multiplied_;                          // by value: with another, or itself
  std::vector<bool> precise_;    // by value: behind it a logarithm shows what is small
  std::vector<bool> logarithm_;  // by value: one, or a sum of such and what scales them
  std::vector<bool> ranked_;     // by value: by TopK
  std::map<FloatValueId, std::vector<FloatValueId>> together_;  // by representative: the others
  std::vector<FloatValueId> tied_;    // by value: the representative of those that share a step
  std::vector<int> normalised_bits_;  // by value: those that a normalisation of it takes, or 0
};

/// What comes out are values that came in, in their steps.
bool MovesValues(std::string_view op);

/// A rule for one of ONNX's operations.
using LoweringRule = Status (*)(const FloatNode& node, Lowering& lowering);
struct LoweringEntry {
  std::string_view op;
  LoweringRule rule;
};
std::span<const LoweringEntry> LinearRules();
std::span<const LoweringEntry> ElementwiseRules();
std::span<const LoweringEntry> ArithmeticRules();
std::span<const LoweringEntry> MovingRules();
std::span<const LoweringEntry> PoolingRules();
std::span<const LoweringEntry> RecurrenceRules();
std::span<const LoweringEntry> GruRules();
std::span<const LoweringEntry> RepetitionRules();
std::span<const LoweringEntry> LogRules();
std::span<const LoweringEntry> ResamplingRules();
std::span<const LoweringEntry> ReductionRules();
std::span<const LoweringEntry> NormalisationRules();
std::span<const LoweringEntry> ChoiceRules();
std::span<const LoweringEntry> DecisionRules();
/// Integers that an input may be: those that every Gather of a constant that it reaches has rows
/// for.  kUnsupported: it reaches none.
Result<IntegerRange> TokenRange(const FloatGraph& graph, FloatValueId input);
/// Div by a value that depends on the inputs too.
Status DivOfValues(const FloatNode& node, Lowering& lowering);
/// Gather whose indices depend on the inputs, of rows of a constant.
Status GatherByValue(const FloatNode& node, Lowering& lowering);
std::span<const LoweringEntry> SelectionRules();
/// Gather along `axis` by indices that a TopK found: its selection times the values.
Status GatherBySelection(const FloatNode& node, Emitter::Node selection, size_t axis,
                         Lowering& lowering);
/// MatMul of two values that both depend on the inputs.
Status MatMulOfValues(const FloatNode& node, Lowering& lowering);
/// If the node is the last of a variance, of x as it is or weighted: its value, without a cell for
/// each square.  False: it is none.
Result<bool> LowerVariance(const FloatNode& node, Lowering& lowering);
/// The axes that a Reduce node goes over: from its second input or its attribute; all, where there
/// are none.
Result<std::vector<size_t>> ReducedAxes(const FloatNode& node, const Lowering& lowering);
/// Null: there is none.
LoweringRule FindLoweringRule(std::string_view op);

}  // namespace voizk

#endif  // VOIZK_NETWORK_QUANTISE_LOWERING_H_
