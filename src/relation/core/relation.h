// The relation: what is proven, as data.  A relation is a list of secret integer tensors and of
// constraints on affine views of them.  The graph, the front end, the decision and the template
// commitment are all built into one relation (builder.h); witness, prover, verifier and the plain
// checker read nothing else.  docs/protocol/relation.md states it formally; names agree.
//
// Everything here is public.  Values of tensors are signed integers with |v| < p/2 (p = KoalaBear);
// certificate.h shows that every constraint that holds mod p holds over the integers.
#ifndef VOIZK_RELATION_CORE_RELATION_H_
#define VOIZK_RELATION_CORE_RELATION_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace voizk {

/// Rank 1..4, row-major.  Dimension 0 (outer) has any length; inner dimensions are padded to powers
/// of two in address space only: address(i) = ((i0*P1 + i1)*P2 + i2)*P3 + i3, Pk =
/// NextPow2(dims[k]). Addresses that are not those of an index belong to nobody: no functional ever
/// reads them.
struct Shape {
  static constexpr int kMaxRank = 4;
  int rank = 1;
  std::array<uint32_t, kMaxRank> dims{1, 1, 1, 1};  // dims[k] = 1 for k >= rank

  uint64_t Cells() const;         // product of dims
  int InnerBits() const;          // log2(P1*P2*P3)
  int DimBits(int k) const;       // log2(Pk), k >= 1
  uint64_t AddressCount() const;  // dims[0] << InnerBits()
  bool operator==(const Shape&) const = default;
};
Shape MakeShape(std::initializer_list<uint32_t> dims);

using TensorId = uint32_t;
using TableId = uint32_t;
using WeightsId = uint32_t;

/// A committed secret tensor, every cell an integer in [lo, hi] (justified by certificate.h).
struct Tensor {
  std::string name;
  Shape shape;
  int64_t lo = 0;
  int64_t hi = 0;
};

/// Public integers, row-major in the given shape (weights, constants).
struct Weights {
  Shape shape;
  std::vector<int32_t> values;
  /// Of the values, once looked for; they must not change after that.  Not part of the relation's
  /// bytes.
  std::optional<std::pair<int32_t, int32_t>> range = {};
};

/// Least and greatest value, 0 and 0 of none.  Looks at them all if nobody has.
std::pair<int32_t, int32_t> RangeOf(const Weights& weights);

// ---- Linear operations: from one input tensor to a view's shape ----

/// Where the index of one input dimension comes from.
struct DimSource {
  enum class Kind : uint8_t {
    kConst,   // in_j = offset
    kAffine,  // in_j = stride * out[out_dim] + offset; contributes 0 where that is out of range
    kSum,     // sum over all of input dimension j, index i weighted by weights[i] (1 if no weights)
  };
  Kind kind = Kind::kConst;
  uint32_t out_dim = 0;
  int32_t stride = 1;
  int32_t offset = 0;
  std::vector<int32_t> weights;  // kSum: empty (all ones) or one per index
  bool operator==(const DimSource&) const = default;
};

/// out[o] = sum over kSum dims of input[in(o)].  Each output dimension feeds at most one input
/// dimension; an output dimension that feeds none is a broadcast, limited to out_begin..out_end.
struct IndexMap {
  std::vector<DimSource> sources;  // one per input dimension
  // Output window: the term contributes only where begin[d] <= out[d] < end[d] (end 0 = dims[d]).
  std::array<uint32_t, Shape::kMaxRank> out_begin{0, 0, 0, 0};
  std::array<uint32_t, Shape::kMaxRank> out_end{0, 0, 0, 0};
  bool operator==(const IndexMap&) const = default;
};

/// Convolution with 1 or 2 spatial dimensions, channels last.  Input [T][C] (or [T], C = 1) or
/// [H][W][C]; weights [O][K][C/g] or [O][KH][KW][C/g]; output [T'][O] or [H'][W'][O].
///   out[s][o] = sum_{k,c} W[o][k][c] * in[stride*s + dilation*k - pad][group(o)*(C/g) + c]
/// (0 where out of range).  A dense layer is a convolution whose kernel covers the input.
struct Conv {
  WeightsId weights = 0;
  int spatial = 1;
  std::array<uint32_t, 2> stride{1, 1};
  std::array<uint32_t, 2> dilation{1, 1};
  std::array<int32_t, 2> pad{0, 0};  // zeros before index 0; the output length bounds the end
  uint32_t groups = 1;
  bool operator==(const Conv&) const = default;
};

struct Term {
  TensorId tensor = 0;
  int32_t coeff = 1;  // |coeff| < 2^30
  std::variant<IndexMap, Conv> op;
  bool operator==(const Term&) const = default;
};

/// A public constant that varies along the dimensions in dim_mask (bit d) and is broadcast along
/// the others; values row-major over the kept dimensions.  dim_mask = 0: one scalar.
struct ConstantTerm {
  uint32_t dim_mask = 0;
  std::vector<int32_t> values;
  bool operator==(const ConstantTerm&) const = default;
};

/// A virtual tensor: sum of terms plus constants, exact over the integers, never committed.
struct View {
  Shape shape;
  std::vector<Term> terms;
  std::vector<ConstantTerm> constants;
  bool operator==(const View&) const = default;
};

// ---- Constraints ----

/// Public rows (key, value); value = 0 in tables of one column.  Row keys need not be distinct.
struct Table {
  std::string name;
  std::vector<int32_t> keys;
  std::vector<int32_t> values;  // same length
};

/// For every index i: exists k with key(i) = 2^shift * T.keys[k] and value(i) = T.values[k].
/// value absent = 0.
struct Lookup {
  View key;
  int shift = 0;
  bool has_value = false;
  View value;
  TableId table = 0;
};

/// For every o: sum_i a(o,i) * b(o,i) = c(o).  a, b have shape c.shape ++ summed dims (rank <= 4);
/// with no summed dims (a.shape == c.shape) this is pointwise.  The sum runs over valid indices.
struct Product {
  View a, b;
  View c;
};

/// For every index: v = 0.
struct Equality {
  View v;
};

/// For every index o: v(o) = P(o), where the integers P, row-major over v.shape and each in [lo,
/// hi], come with the statement (PublicInputValues).  So one relation serves every statement of its
/// kind.
struct PublicInput {
  std::string name;
  View v;
  int64_t lo = 0;
  int64_t hi = 0;
};

/// The cells of `tensors` and of `salt` are what the statement's lattice commitment was made of
/// (docs/protocol/lattice.md), over the field by definition: 1024 values, the last of the
/// statement's (PublicInputValues).  It binds whoever knows them to integers of 12 bits, which the
/// certificate asks all of these tensors to be; it lets nobody else learn anything of them while
/// the salt is uniform, secret and the salt of nothing else.
struct LatticeCommitment {
  std::vector<TensorId> tensors;  // each once
  TensorId salt = 0;              // shape [2][1024], another tensor
  bool operator==(const LatticeCommitment&) const = default;
};

/// The values of a relation's public inputs, in their order, each row-major; then those of its
/// lattice commitments, 1024 each, as representatives in [-p/2, p/2].
using PublicInputValues = std::vector<std::vector<int32_t>>;

// ---- How an honest prover computes each tensor (read by src/relation/execution only; not hashed)
// ----

enum class StepKind : uint8_t {
  kInput,     // outputs[0] <- named external input (name), row-major
  kMaterial,  // outputs[0] <- views[0]
  kRequant,   // hi = floor(views[0] / 2^p0); outputs[0] <- views[0] - hi*2^p0; outputs[1] <- T(hi);
              // refuse where hi is no key of T
  kTable,     // outputs[0] <- T(views[0]); refuse where it is no key of T
  kLow,       // outputs[0] <- views[0] mod 2^p0 (in [0, 2^p0))
  kShift,     // outputs[0] <- floor(views[0] / 2^p0)
  // h = floor(views[0] / 2^p0); outputs[0] <- y = clamp(h, p1, p2), then as the bits of p3 say
  // 1: <- views[0] - h*2^p0, 2: <- max(h - y, 0), 4: <- max(y - h, 0).
  kShiftClamp,
  // outputs[1] <- 1 if p2 <= views[0] < p3 else 0; outputs[0] <- views[0] mod 2^p1 if so, else mod
  // 2^p0.
  kTwoScales,
  kProduct,       // outputs[0] <- sum over trailing dims of views[0]*views[1]
  kProductShift,  // v <- sum over trailing dims of views[0]*views[1], plus views[2];
                  // outputs[0] <- floor(v / 2^p0); outputs[1] <- the rest
  kMatMul,  // outputs[0][.., m, n] <- sum over k of views[0][.., m, k]*views[1][.., n, k]; p0 = M,
            // p1 = N
  kSpread,  // outputs[0] <- views[0] at multiples of p0 and p1 in dims 0 and 1, 0 between
  kBits,    // outputs[0][.., j] <- bit j of views[0] (two's complement of p0 bits)
  kFloorDiv,    // outputs[0] <- floor(views[0] / views[1]); outputs[1] <- remainder
  kIsqrt,       // outputs[0] <- floor(sqrt(views[0])); outputs[1] <- views[0] - s^2
  kMaxDim,      // outputs[0] <- max over all views and over their dims beyond the output's rank
  kOneHotMax,   // outputs[0][o, i] <- 1 at the first i where views[0][o, i] is largest, else 0;
                // o runs over the first p0 dims
  kOneHot,      // outputs[0][o, i] <- 1 where views[0][o] = i, else 0; o is all of views[0]'s index
  kBeforeMax,   // outputs[0][o, i] <- 1 at all i before the first where views[0][o, i] is largest,
                // else 0; views[0]'s last dim is longer by one than the output's
  kGreaterEq,   // outputs[0] <- 1 if views[0] >= 0 else 0
  kLog2,        // outputs[0] <- floor(log2(views[0])), views[0] >= 1
  kLeastShift,  // outputs[0] <- the least z of its range for which the sum over trailing dims of
                // T(views[0] - z), keys cut to p1..p2, is at most p0; T does not fall
  kCheckRange,  // no outputs; refuse unless p0 <= views[0] <= p1 everywhere
  kCustom,      // named hint (name), registered in src/relation/execution: views -> outputs, params
  kRecurrence,  // for each index of dim 0 in order (p0 = 1: from the last), all of `body` on that
                // index alone: what a view reads of the body's outputs is there by then
};

struct Step {
  StepKind kind = StepKind::kInput;
  std::string name;
  std::vector<View> views;
  std::vector<TensorId> outputs;
  TableId table = 0;
  std::vector<int64_t> params;
  std::string refusal;          // "refuse" above: refuse locally with this reason (never a value)
  std::vector<Step> body = {};  // kRecurrence: views and outputs of one length in dim 0
};

/// The relation.  Multiplicity tensors (one per table, shape [rows]) are the last tensors.
struct Relation {
  std::vector<Tensor> tensors;
  std::vector<Weights> weights;
  std::vector<Table> tables;
  std::vector<Lookup> lookups;
  std::vector<Product> products;
  std::vector<Equality> equalities;
  std::vector<PublicInput> publics;
  std::vector<TensorId> multiplicities;  // by table
  std::vector<LatticeCommitment> commitments;
  std::vector<Step> steps;  // in order; not part of the digest
};

/// Bytes of a relation's vectors and their items, each at its size.  An Instance of it takes about
/// a quarter more of the heap.
uint64_t ApproximateBytes(const Relation& r);

}  // namespace voizk

#endif  // VOIZK_RELATION_CORE_RELATION_H_
