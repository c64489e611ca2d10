#include "network/operations/matmul.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "network/operations/reading.h"
#include "relation/builder/sources.h"
#include "relation/builder/steps.h"
#include "relation/builder/view_arithmetic.h"
#include "relation/certificate/bound.h"
#include "relation/core/structure.h"

namespace voizk::op {

namespace {

/// Rows and columns among a matrix's dimensions, K the summed one.
struct Matrix {
  Shape batch;  // rank 2: the dimensions before the last two, 1 where there are none
  uint32_t free = 1, summed = 1;
  size_t free_dim = 0, summed_dim = 0;
};

Matrix MatrixOf(const Shape& shape, bool summed_last) {
  const auto rank = static_cast<size_t>(shape.rank);
  Matrix m;
  m.batch.rank = 2;
  for (size_t d = 0; d + 2 < rank; ++d) m.batch.dims[4 - rank + d] = shape.dims[d];
  m.summed_dim = summed_last ? rank - 1 : rank - 2;
  m.free_dim = summed_last ? rank - 2 : rank - 1;
  m.summed = shape.dims[m.summed_dim];
  m.free = shape.dims[m.free_dim];
  return m;
}

/// x read at a batch index, its free dimension from result dimension `free`, its summed one from
/// result dimension `summed`.
IndexMap MatrixMap(const Shape& in, const Matrix& m, std::array<DimSource, 2> batch, uint32_t free,
                   uint32_t summed) {
  IndexMap map = IdentityMap(in.rank);
  const auto rank = static_cast<size_t>(in.rank);
  for (size_t d = 0; d + 2 < rank; ++d) {
    map.sources[d] = in.dims[d] == 1 ? At(0) : batch[4 - rank + d];
  }
  map.sources[m.free_dim] = From(free);
  map.sources[m.summed_dim] = From(summed);
  return map;
}

/// Of a shape [outer][inner][..].
uint64_t Addresses(uint32_t outer, uint32_t inner) {
  return outer * uint64_t{std::bit_ceil(inner)};
}

}  // namespace

MatMul MatMul::Read(AttributeReader& attributes) {
  const bool x = attributes.IntOr("transpose_x", 0, 1, 0) == 1;
  return {x, attributes.IntOr("transpose_y", 0, 1, 0) == 1};
}

Result<Shape> MatMul::OutputShape(std::span<const Shape> inputs) const {
  if (inputs[0].rank < 2 || inputs[1].rank < 2) {
    return {ErrorCode::kInvalidArgument, "matmul: an input is no matrix"};
  }
  const Matrix x = MatrixOf(inputs[0], !transposed_[0]), y = MatrixOf(inputs[1], transposed_[1]);
  const auto batch = BroadcastShape(x.batch, y.batch);
  if (!batch.ok() || x.summed != y.summed) {
    return {ErrorCode::kInvalidArgument, "matmul: the inputs do not match"};
  }
  if (batch->Cells() > kMaxMatrices) return {ErrorCode::kLimitExceeded, "matmul: batch"};
  if (!IsValidShape(MakeShape({x.free, y.free, x.summed}))) {
    return {ErrorCode::kLimitExceeded, "matmul: more than 2^28 products"};
  }
  Shape out;
  out.rank = std::max(inputs[0].rank, inputs[1].rank);
  const auto rank = static_cast<size_t>(out.rank);
  for (size_t d = 0; d + 2 < rank; ++d) out.dims[d] = batch->dims[4 - rank + d];
  out.dims[rank - 2] = x.free;
  out.dims[rank - 1] = y.free;
  return out;
}

Value MatMul::Reduce(const std::string& name, std::span<Value> inputs, Builder& b) const {
  const Shape in[2] = {inputs[0].view.shape, inputs[1].view.shape};
  const auto out = OutputShape(in);
  if (!out.ok()) return b.Fail(name + ": " + out.error().message), inputs[0];
  const Matrix m[2] = {MatrixOf(in[0], !transposed_[0]), MatrixOf(in[1], transposed_[1])};
  const Shape batch = *BroadcastShape(m[0].batch, m[1].batch);

  // What the step reads, [batch..][rows][K] each.
  std::array<View, 2> whole;
  for (size_t k = 0; k < 2; ++k) {
    const Shape laid = MakeShape({batch.dims[0], batch.dims[1], m[k].free, m[k].summed});
    whole[k] =
        ReadThrough(b, name, inputs[k], laid, {MatrixMap(in[k], m[k], {From(0), From(1)}, 2, 3)});
  }
  // What the constraints read: x repeated over y's columns, y over x's rows, [outer][inner][K].
  const uint32_t sides[2] = {m[0].free, m[1].free};
  const bool turned = Addresses(sides[1], sides[0]) < Addresses(sides[0], sides[1]);
  const Shape part = MakeShape({sides[turned ? 1 : 0], sides[turned ? 0 : 1]});
  const Shape laid = MakeShape({part.dims[0], part.dims[1], m[0].summed});
  const uint32_t row = turned ? 1 : 0, column = turned ? 0 : 1;
  std::optional<TensorId> t;
  for (uint32_t n = 0; n < batch.dims[0] * batch.dims[1]; ++n) {
    const std::array<DimSource, 2> at{At(static_cast<int32_t>(n / batch.dims[1])),
                                      At(static_cast<int32_t>(n % batch.dims[1]))};
    const View x = ReadThrough(b, name, inputs[0], laid, {MatrixMap(in[0], m[0], at, row, 2)});
    const View y = ReadThrough(b, name, inputs[1], laid, {MatrixMap(in[1], m[1], at, column, 2)});
    if (!t) {
      const Interval bound =
          ViewBounder(b.relation()).BoundProduct({x, y, views::Constant(part, 0)});
      t = b.AddTensor(name, *out, bound.lo, bound.hi);
      b.AddStep(steps::MatMul(name, whole[0], whole[1], *t));
    }
    if (b.failed()) return inputs[0];
    const std::array<DimSource, 4> places{at[0], at[1], From(row), From(column)};
    IndexMap shown;
    shown.sources.assign(places.end() - out->rank, places.end());
    b.AddProduct({x, y, {part, {{*t, 1, std::move(shown)}}, {}}});
  }
  return ValueOf(b, *t);
}

}  // namespace voizk::op
