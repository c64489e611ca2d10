// The one loop that convolution, matrix products and recurrences spend their time in.
#ifndef VOIZK_NETWORK_FLOAT_OPERATIONS_PRODUCT_KERNEL_H_
#define VOIZK_NETWORK_FLOAT_OPERATIONS_PRODUCT_KERNEL_H_

#include <cstddef>
#include <cstdint>

#include "network/float_operations/operation.h"

namespace voizk::float_op {

/// A matrix read at strides: element (i, j) is data[i * row + j * column].
struct MatrixView {
  const float* data;
  int64_t row, column;
};

/// c[i * c_row + j] += sum over l of a(i, l) b(l, j); a is m x k, b is k x n.  The order of the
/// sums, and so the rounding, is the machine's.
void AddProduct(int64_t m, int64_t n, int64_t k, MatrixView a, MatrixView b, float* c,
                int64_t c_row);

/// The same with rows or columns spread over the context's pool.  The caller has charged m * n * k.
void AddProduct(const OpContext& context, int64_t m, int64_t n, int64_t k, MatrixView a,
                MatrixView b, float* c, int64_t c_row);

}  // namespace voizk::float_op

#endif  // VOIZK_NETWORK_FLOAT_OPERATIONS_PRODUCT_KERNEL_H_
