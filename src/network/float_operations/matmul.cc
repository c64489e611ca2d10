// MatMul with numpy's batches, and Gemm.
#include "network/float_operations/product_kernel.h"
#include "network/float_operations/strided.h"
#include "network/float_operations/table.h"

namespace voizk {

namespace {

using float_op::AddProduct;
using float_op::MatrixView;

// Vectors become matrices for the product; the dim of 1 is dropped afterwards.
struct Operand {
  Dims batch;
  int64_t rows, columns;
};

Operand OperandOf(const Dims& dims, bool left) {
  if (dims.size() == 1) return left ? Operand{{}, 1, dims[0]} : Operand{{}, dims[0], 1};
  return {{dims.begin(), dims.end() - 2}, dims[dims.size() - 2], dims.back()};
}

Result<FloatTensor> MatMul(OpContext& c) {
  const FloatTensor& x = c.In(0);
  const FloatTensor& y = c.In(1);
  if (x.rank() == 0 || y.rank() == 0) return c.Malformed("an input is a scalar");
  const Operand a = OperandOf(x.dims(), true);
  const Operand b = OperandOf(y.dims(), false);
  const auto batch = float_op::BroadcastDims(a.batch, b.batch);
  if (!batch || a.columns != b.rows) {
    return c.Malformed("shapes " + ToString(x.dims()) + " and " + ToString(y.dims()) +
                       " do not multiply");
  }
  Dims dims = *batch;
  if (x.rank() > 1) dims.push_back(a.rows);
  if (y.rank() > 1) dims.push_back(b.columns);
  VOIZK_ASSIGN_OR_RETURN(FloatTensor out, c.New(FloatType::kFloat, dims));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(static_cast<int64_t>(out.size()), a.columns));
  if (c.shapes_only()) return out;
  float* to = out.floats().data();
  if (b.batch.empty()) {  // one matrix for all: one tall product
    AddProduct(c, static_cast<int64_t>(x.size()) / a.columns, b.columns, a.columns,
               {x.floats().data(), a.columns, 1}, {y.floats().data(), b.columns, 1}, to, b.columns);
    return out;
  }
  const std::array<std::vector<int64_t>, 2> strides{float_op::BroadcastStrides(a.batch, *batch),
                                                    float_op::BroadcastStrides(b.batch, *batch)};
  float_op::ForEachRow<2>(*batch, strides, [&](const std::array<int64_t, 2>& at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const int64_t p = at[0] + i * float_op::RowStride(strides[0]);
      const int64_t q = at[1] + i * float_op::RowStride(strides[1]);
      AddProduct(c, a.rows, b.columns, a.columns,
                 {x.floats().data() + p * a.rows * a.columns, a.columns, 1},
                 {y.floats().data() + q * b.rows * b.columns, b.columns, 1}, to, b.columns);
      to += a.rows * b.columns;
    }
  });
  return out;
}

// alpha A' B' + beta C.
Result<FloatTensor> Gemm(OpContext& c) {
  const FloatTensor& a = c.In(0);
  const FloatTensor& b = c.In(1);
  if (a.rank() != 2 || b.rank() != 2) return c.Malformed("an input is no matrix");
  VOIZK_ASSIGN_OR_RETURN(const int64_t trans_a, c.Int("transA", 0));
  VOIZK_ASSIGN_OR_RETURN(const int64_t trans_b, c.Int("transB", 0));
  VOIZK_ASSIGN_OR_RETURN(const float alpha, c.Real("alpha", 1.0f));
  VOIZK_ASSIGN_OR_RETURN(const float beta, c.Real("beta", 1.0f));
  const size_t ta = trans_a != 0 ? 1 : 0;
  const size_t tb = trans_b != 0 ? 1 : 0;
  const int64_t m = a.dims()[ta];
  const int64_t k = a.dims()[1 - ta];
  const int64_t n = b.dims()[1 - tb];
  if (b.dims()[tb] != k) {
    return c.Malformed("shapes " + ToString(a.dims()) + " and " + ToString(b.dims()) +
                       " do not multiply");
  }
  VOIZK_ASSIGN_OR_RETURN(FloatTensor out, c.New(FloatType::kFloat, {m, n}));
  VOIZK_RETURN_IF_ERROR(c.ChargeProduct(m, n, k));
  const MatrixView va{a.floats().data(), ta ? 1 : k, ta ? m : 1};
  const MatrixView vb{b.floats().data(), tb ? 1 : n, tb ? k : 1};
  if (!c.shapes_only()) AddProduct(c, m, n, k, va, vb, out.floats().data(), n);
  if (alpha != 1.0f) {
    for (float& v : out.floats()) v *= alpha;
  }
  const FloatTensor* bias = c.Optional(2);
  if (!bias) return out;
  const auto dims = float_op::BroadcastDims(bias->dims(), out.dims());
  if (!dims || *dims != out.dims()) return c.Malformed("C does not broadcast to the product");
  const std::array<std::vector<int64_t>, 1> strides{
      float_op::BroadcastStrides(bias->dims(), out.dims())};
  float* to = out.floats().data();
  float_op::ForEachRow<1>(out.dims(), strides, [&](const std::array<int64_t, 1>& at, int64_t w) {
    const float* from = bias->floats().data() + at[0];
    for (int64_t i = 0; i < w; ++i) *to++ += beta * from[i * float_op::RowStride(strides[0])];
  });
  return out;
}

constexpr FloatOperation kMatMulOperations[] = {
    {"MatMul", "ff", FloatOperation::kNoEmpty, One<MatMul>},
    {"Gemm", "ff|f", FloatOperation::kNoEmpty, One<Gemm>},
};

}  // namespace

std::span<const FloatOperation> MatMulOperations() { return kMatMulOperations; }

}  // namespace voizk
