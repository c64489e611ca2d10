// Quantised networks of any kind, proven: public weights, secret and public inputs, public output.
// No word of audio here.  docs/graph.md defines every operation, its cost and its ranges.
//
// A network is built node by node; values are integer tensors, row-major: a signal [T][C], an image
// [H][W][C], a vector [1][C] or [C].  Linear operations give accumulators; Requant or Table makes
// small values of them again.  The first error is kept: ask status() once, at the end.
#ifndef VOIZK_GRAPH_H_
#define VOIZK_GRAPH_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "voizk/result.h"
#include "voizk/secure.h"

namespace voizk {

class Graph;

/// Cheap to copy: copies share one description until one of them is changed.  A network that nobody
/// changes may be used by several threads.
class Network {
 public:
  using Node = uint32_t;
  Network();
  /// Of a description that is there already (a model file's): for the libraries below.
  explicit Network(std::shared_ptr<Graph> graph) : graph_(std::move(graph)) {}

  /// A secret input, every value in [lo, hi]; 1 to 3 dimensions.
  Node Input(const std::string& name, std::vector<uint32_t> dims, int32_t lo, int32_t hi);

  /// An input that is part of the statement, as the output is.
  Node PublicInput(const std::string& name, std::vector<uint32_t> dims, int32_t lo, int32_t hi);

  struct Conv1dLayer {
    uint32_t outputs = 0, kernel = 0, group_inputs = 0;
    std::vector<int32_t> weight;  // [outputs][kernel][group_inputs], 8 bit as a rule
    std::vector<int32_t> bias;    // [outputs], or empty
    uint32_t stride = 1, dilation = 1, pad_left = 0, pad_right = 0, groups = 1;
  };
  Node Conv1d(Node x, Conv1dLayer layer);

  struct Conv2dLayer {
    uint32_t outputs = 0, kernel_height = 0, kernel_width = 0, group_inputs = 0;
    std::vector<int32_t> weight;  // [outputs][kernel_height][kernel_width][group_inputs]
    std::vector<int32_t> bias;    // [outputs], or empty
    std::array<uint32_t, 2> stride{1, 1}, dilation{1, 1};
    std::array<uint32_t, 4> pad{0, 0, 0, 0};  // top, bottom, left, right
    uint32_t groups = 1;
  };
  Node Conv2d(Node x, Conv2dLayer layer);

  /// Transposed: the padding is cut off, and output_pad more rows or columns are kept.
  Node ConvTranspose1d(Node x, Conv1dLayer layer, uint32_t output_pad = 0);
  Node ConvTranspose2d(Node x, Conv2dLayer layer, std::array<uint32_t, 2> output_pad = {0, 0});

  /// weight [outputs][cells of x]; bias [outputs], or empty.
  Node Dense(Node x, uint32_t outputs, std::vector<int32_t> weight, std::vector<int32_t> bias);

  // Layers whose weights and bias the prover keeps to itself and the statement commits to, the same
  // for many proofs (docs/protocol/lattice.md).  weight_bits: multiple of 4 up to 16; bias_bits: up
  // to 28, 0 without bias.  Layers are given without weight and bias, of at most 128 taps and 256
  // groups.  The weights of node `name` are inputs of the prover in digits (op::CommittedLinear);
  // of a model file, CommitModel of voizk/model.h prepares all of it.
  Node CommittedDense(Node x, uint32_t outputs, int weight_bits, int bias_bits);
  Node CommittedConv1d(Node x, const Conv1dLayer& layer, int weight_bits, int bias_bits);
  Node CommittedConv2d(Node x, const Conv2dLayer& layer, int weight_bits, int bias_bits);
  /// The commitment to all of them, 1024 numbers: part of what is proven.
  void SetCommitment(std::vector<int32_t> commitment);

  /// x [..][M][K] times y [..][K][N], each possibly with its last two dimensions exchanged.
  Node MatMul(Node x, Node y, bool transpose_x = false, bool transpose_y = false);

  /// h = floor(x / 2^shift), y = clamp(floor(((2h+1) mult + 2^q) / 2^(q+1)), lo, hi); lo = 0: ReLU.
  Node Requant(Node x, int shift, int32_t mult, int q, int32_t lo, int32_t hi);
  /// h = floor(x / 2^shift), y = table[clamp(h - first, 0, n-1)], 16-bit values (sigmoid, tanh,
  /// ..).
  Node Table(Node x, int shift, int32_t first, std::vector<int32_t> table);
  struct Function {
    int shift = 0;
    int32_t first = 0;
    std::vector<int32_t> table;
  };
  /// For functions that bend where values are small (logarithms): fine.table[g - fine.first], g =
  /// floor(x / 2^fine.shift), where there is such a value, else as Table by `coarse`; fine.first
  /// and the number of fine values are multiples of 2^(coarse.shift - fine.shift).
  Node WideTable(Node x, Function coarse, Function fine);

  struct PoolLayer {
    std::array<uint32_t, 2> size{1, 1}, stride{1, 1}, dilation{1, 1};  // 1-D: the first
    std::array<uint32_t, 4> pad{0, 0, 0, 0};  // before, after the first dimension, the second
    bool include_pad = true;                  // AvgPool: padding counts as zeros
  };
  Node MaxPool1d(Node x, PoolLayer layer);
  Node MaxPool2d(Node x, PoolLayer layer);
  Node MaxPool1d(Node x, uint32_t size, uint32_t stride);
  Node MaxPool2d(Node x, std::array<uint32_t, 2> size, std::array<uint32_t, 2> stride);
  /// floor(sum / number) over the windows of MaxPool.
  Node AvgPool1d(Node x, PoolLayer layer);
  Node AvgPool2d(Node x, PoolLayer layer);
  Node AvgPool1d(Node x, uint32_t size, uint32_t stride);
  Node AvgPool2d(Node x, std::array<uint32_t, 2> size, std::array<uint32_t, 2> stride);
  /// The sum of x * y, of one shape, over whole axes, which become dimensions of 1.
  Node Dot(Node x, Node y, std::vector<int32_t> axes);
  /// Over whole axes, which become dimensions of 1; the mean rounded down.
  Node Sum(Node x, std::vector<int32_t> axes);
  Node Mean(Node x, std::vector<int32_t> axes);
  Node Max(Node x, std::vector<int32_t> axes);
  Node MeanTime(Node x);
  /// Mean and deviation over the frames whose mask is 1: x [T][C] in 0..127, mask [T] in 0..1.
  Node StatsPool(Node x, Node mask);

  /// Over the last dimension: T(2^fraction_bits x - z) with the least z per row at which a row's
  /// sum is at most total; T(d) = table[clamp(d - first, 0, n-1)], which begins with 0, does not
  /// fall and ends above total.  LogSoftmax: 2^fraction_bits x - z; LogSumExp: z.
  struct SoftmaxLayer {
    int fraction_bits = 0;
    int32_t total = 1, first = 0;
    std::vector<int32_t> table;  // 16 bits
  };
  Node Softmax(Node x, SoftmaxLayer layer);
  Node LogSoftmax(Node x, SoftmaxLayer layer);
  Node LogSumExp(Node x, SoftmaxLayer layer);
  /// d = 2^fraction_bits x - rounded mean (0 unless centred), s = isqrt(sum d^2 + epsilon),
  /// y = floor((d floor(scale / s) + 2^(shift-1)) / 2^shift); mean and sum over the axes.
  struct NormaliseLayer {
    std::vector<int32_t> axes;
    bool centred = true;
    int fraction_bits = 0;
    int32_t epsilon = 1, scale = 1;
    int shift = 1;
    int square_shift = 0;  // even; > 0: squares are summed in parts, each shifted (docs/graph.md)
  };
  Node Normalise(Node x, NormaliseLayer layer);

  /// table[clamp(floor(x / 2^shift) - first, 0, n-1)], as Table.
  /// Gates one after the other; x is [T][C], states are [T][H].
  struct Recurrence {
    uint32_t hidden = 0;                // H
    std::vector<int32_t> input_weight;  // [gates * H][C]
    std::vector<int32_t> state_weight;  // [gates * H][H]
    std::vector<int32_t> bias;          // [gates * H], or empty
    bool reverse = false;
  };
  struct LstmLayer {
    Recurrence weights;  // gates i, f, o, g
    Function sigmoid, tanh, cell_tanh;
    int cell_shift = 0, hidden_shift = 0;
    int32_t cell_lo = -32768, cell_hi = 32767;
    bool with_cell = false;  // the result is h beside c, [T][2H]
  };
  /// initial: none, or h and c [1][H].
  Node Lstm(Node x, LstmLayer layer, std::vector<Node> initial = {});
  /// The same with committed weights (see CommittedDense): layer.weights has hidden and reverse,
  /// and no weights.
  Node CommittedLstm(Node x, LstmLayer layer, int weight_bits, int bias_bits,
                     std::vector<Node> initial = {});
  struct GruLayer {
    Recurrence weights;  // gates z, r, n
    Function sigmoid, tanh;
    int gate_bits = 1;  // 2^gate_bits counts as 1
    bool reset_after = true;
    int state_shift = 0;
    int32_t candidate_scale = 1;
    std::vector<int32_t> state_bias;  // [H], or empty
  };
  /// initial: none, or h [1][H].
  Node Gru(Node x, GruLayer layer, std::vector<Node> initial = {});
  Node Rnn(Node x, Recurrence weights, Function function, std::vector<Node> initial = {});

  // Shapes of two operands join by numpy's rule.
  Node Add(Node x, Node y);
  Node Sub(Node x, Node y);
  Node Mul(Node x, Node y);
  /// floor(x 2^bits / y), y >= 1; floor(sqrt(x 2^bits)), x >= 0; else refused.
  Node Div(Node x, Node y, int bits = 0);
  Node Sqrt(Node x, int bits = 0);
  /// x mod 2^shift and, behind it along the last dimension, floor(x / 2^shift); shift 1 to 16.
  Node Limbs(Node x, int shift);
  /// x + constant, x * constant; `dims` are the constant's, 1 to 4.
  Node Offset(Node x, std::vector<uint32_t> dims, std::vector<int32_t> values);
  Node Scale(Node x, std::vector<uint32_t> dims, std::vector<int32_t> values);

  // Moving values costs nothing, as a rule.  Axes count from the end if negative.
  Node Concat(std::vector<Node> parts, int32_t axis = -1);
  /// Indices begin, begin + step, ... before end (step < 0: after end, which may be -1).
  Node Slice(Node x, int64_t begin, int64_t end, int32_t axis = -1, int64_t step = 1);
  Node Gather(Node x, std::vector<uint32_t> indices, int32_t axis = -1);
  /// Dimension k of the result is x's dimension order[k].
  Node Transpose(Node x, std::vector<uint32_t> order);
  Node Reshape(Node x, std::vector<uint32_t> dims);
  enum class PadMode : uint8_t { kConstant, kReflect, kEdge };
  Node Pad(Node x, int32_t axis, uint32_t before, uint32_t after, PadMode mode = PadMode::kConstant,
           int32_t value = 0);
  Node Broadcast(Node x, Node like);  // [C] over the frames of `like`

  /// 1 at place x of a new last dimension of `depth`, 0 elsewhere; x within 0..depth-1.  Before
  /// Conv1d of one tap or Dense: an embedding, the row of a public matrix that x names.
  Node OneHot(Node x, uint32_t depth);
  /// The first place along the last dimension where x is largest; that dimension becomes 1.
  Node ArgMax(Node x);

  /// By default the last node.
  void SetOutput(Node node);
  /// The first error, kOutOfMemory included: nothing above throws.
  const Status& status() const;

  // For the libraries below this header (src/network/graph); status() is ok.
  const Graph& graph() const { return *graph_; }

 private:
  template <typename Op>
  Node Append(Op operation, std::span<const Node> inputs);
  template <typename Fn>
  Node Change(const Fn& change);

  std::shared_ptr<Graph> graph_;
  Status failure_;  // of the system; the description may be half changed, or none
};

/// The output, in integers.  kInvalidArgument (inputs), kRefused (a value outside what a table or
/// range takes), kUnsupported (an accumulator might wrap), kLimitExceeded.
Result<std::vector<int32_t>> EvaluateNetwork(const Network& network, const Inputs& inputs,
                                             int threads = 1);

/// Proves, in zero knowledge: "I know secret inputs within their ranges on which this network, with
/// these public inputs, gives exactly this output", bound to `context` (any bytes of the caller's,
/// e.g. a nonce).  Errors as above; kInvalidArgument where the output is another.
Result<std::vector<uint8_t>> ProveNetwork(const Network& network, const Inputs& inputs,
                                          std::span<const int32_t> output,
                                          std::span<const uint8_t> context, int threads = 1);

/// kProofMalformed, kProofRejected; kInvalidArgument (an output or public input that does not fit),
/// kUnsupported (the network).  public_inputs by name, no others.  Any proof bytes are safe.  Links
/// no prover.
Status VerifyNetwork(const Network& network, std::span<const int32_t> output,
                     std::span<const uint8_t> context, std::span<const uint8_t> proof,
                     const Inputs& public_inputs = {});

/// The commitment (Network::SetCommitment) to the digits and the salt among `inputs`, of which
/// nothing else is looked at.  kInvalidArgument: one is missing, misshapen or out of range, or the
/// network has no committed weights.  Library voizk::voizk.
Result<std::vector<int32_t>> CommitToWeights(const Network& network, const Inputs& inputs);

/// The input "#salt" of one commitment, and of no other: from the system's randomness and a hash of
/// what is committed.  Erase it.  Library voizk::voizk.
Result<std::vector<int32_t>> DrawSalt(const Inputs& secrets);

/// For many proofs of one network: its relation is built and certified once.  Thread-safe, cheap to
/// copy.
class NetworkVerifier {
 public:
  /// kInvalidArgument, kUnsupported (the network).
  static Result<NetworkVerifier> Make(const Network& network);
  /// As VerifyNetwork.
  Status Verify(std::span<const int32_t> output, std::span<const uint8_t> context,
                std::span<const uint8_t> proof, const Inputs& public_inputs = {}) const;

 private:
  struct State;
  explicit NetworkVerifier(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace voizk

#endif  // VOIZK_GRAPH_H_
