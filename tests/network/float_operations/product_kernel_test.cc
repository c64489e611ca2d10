// Guards the kernel under convolutions and products against three plain loops, for sizes around its
// blocks and every order in which the operands can lie, with and without a pool.
#include "network/float_operations/product_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace voizk::float_op {
namespace {

struct Matrix {
  std::vector<float> values;
  MatrixView view;
};

// order 0: row-major; 1: column-major; 2: with gaps between all elements.
Matrix RandomMatrix(int64_t rows, int64_t columns, int order, std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  Matrix m;
  m.values.resize(static_cast<size_t>(rows * columns * 3));
  for (float& v : m.values) v = uniform(random);
  m.view = {m.values.data(),
            order == 0   ? columns
            : order == 1 ? 1
                         : 3 * columns,
            order == 0   ? 1
            : order == 1 ? rows
                         : 3};
  return m;
}

void ExpectProduct(int64_t m, int64_t n, int64_t k, int order_a, int order_b, ThreadPool* pool) {
  std::mt19937 random(static_cast<unsigned>(m * 7 + n * 11 + k * 13 + order_a * 3 + order_b));
  const Matrix a = RandomMatrix(m, k, order_a, random);
  const Matrix b = RandomMatrix(k, n, order_b, random);
  const int64_t c_row = n + 3;
  std::vector<float> c(static_cast<size_t>(m * c_row), 0.5f);
  FloatBudget budget;
  const FloatNode node{"test", "MatMul", {}, {}, {}};
  const OpContext context(node, 17, {}, pool, budget);
  AddProduct(context, m, n, k, a.view, b.view, c.data(), c_row);
  double worst = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < c_row; ++j) {
      double sum = 0.5;
      for (int64_t l = 0; l < k && j < n; ++l) {
        sum += static_cast<double>(a.view.data[i * a.view.row + l * a.view.column]) *
               static_cast<double>(b.view.data[l * b.view.row + j * b.view.column]);
      }
      const auto at = static_cast<size_t>(i * c_row + j);
      worst = std::max(worst, std::fabs(static_cast<double>(c[at]) - sum));
    }
  }
  EXPECT_LE(worst, 1e-5 * std::sqrt(static_cast<double>(k)))
      << m << " x " << k << " x " << n << ", orders " << order_a << " and " << order_b;
}

TEST(ProductKernel, MatchesPlainLoops) {
  for (const int64_t m : {1, 2, 3, 4, 5, 7, 13}) {
    for (const int64_t n : {1, 15, 16, 17, 33}) {
      for (const int64_t k : {1, 8, 9, 31}) {
        for (int orders = 0; orders < 9; ++orders) {
          ExpectProduct(m, n, k, orders / 3, orders % 3, nullptr);
        }
      }
    }
  }
}

TEST(ProductKernel, MatchesPlainLoopsBeyondItsBlocks) {
  ThreadPool pool(3);
  for (ThreadPool* threads : {static_cast<ThreadPool*>(nullptr), &pool}) {
    ExpectProduct(50, 530, 257, 0, 0, threads);
    ExpectProduct(300, 40, 513, 0, 1, threads);
    ExpectProduct(3, 700, 600, 0, 1, threads);
    ExpectProduct(1, 1030, 260, 0, 0, threads);
  }
}

}  // namespace
}  // namespace voizk::float_op
