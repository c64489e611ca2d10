#include "login/making/projection.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "login/relation/decision_config.h"

namespace voizk {
namespace {

using Row = std::vector<double>;
using Matrix = std::vector<Row>;

double Dot(const Row& a, const Row& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Gram-Schmidt, twice, which loses nothing to rounding.
void Orthonormalise(Matrix* rows) {
  for (size_t i = 0; i < rows->size(); ++i) {
    Row& row = (*rows)[i];
    for (int again = 0; again < 2; ++again) {
      for (size_t j = 0; j < i; ++j) {
        const double part = Dot(row, (*rows)[j]);
        for (size_t k = 0; k < row.size(); ++k) row[k] -= part * (*rows)[j][k];
      }
    }
    const double length = std::sqrt(Dot(row, row));
    for (double& x : row) x /= length;
  }
}

/// Orthonormal rows that span the directions of most variance of `centred`, found by orthogonal
/// iteration (Golub and Van Loan, 8.2.4): directions of nearly equal variance may be mixed, which
/// loses as little.
Matrix Directions(const Matrix& centred, size_t wanted) {
  const size_t n = centred.front().size();
  Matrix covariance(n, Row(n, 0));
  double trace = 0;
  for (size_t i = 0; i < n; ++i) {
    for (const Row& x : centred) {
      for (size_t j = 0; j < n; ++j) covariance[i][j] += x[i] * x[j];
    }
    trace += covariance[i][i];
  }
  // Directions in which nothing varies stay what they were drawn as.
  for (size_t i = 0; i < n; ++i) covariance[i][i] += 1e-9 * trace / static_cast<double>(n);
  Matrix rows(wanted, Row(n));
  uint32_t drawn = 1;  // any start will do that is no eigenvector (Numerical Recipes' generator)
  for (Row& row : rows) {
    for (double& x : row) {
      drawn = drawn * 1664525 + 1013904223;
      x = static_cast<double>(drawn) / 4294967296.0 - 0.5;
    }
  }
  Orthonormalise(&rows);
  constexpr int kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    for (Row& row : rows) {
      Row next(n);
      for (size_t i = 0; i < n; ++i) next[i] = Dot(covariance[i], row);
      row = std::move(next);
    }
    Orthonormalise(&rows);
  }
  return rows;
}

/// Rows [64][n]: a Hadamard matrix times the directions, so that no component carries much more
/// than another and clamps.
Matrix EvenedOut(const Matrix& directions, size_t n) {
  Matrix rows(kEmbeddingSize, Row(n, 0));
  const double scale = 1 / std::sqrt(double{kEmbeddingSize});
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t k = 0; k < directions.size(); ++k) {
      const double sign = std::popcount(i & k) % 2 == 0 ? scale : -scale;
      for (size_t j = 0; j < n; ++j) rows[i][j] += sign * directions[k][j];
    }
  }
  return rows;
}

double MedianLength(const Matrix& centred, const Matrix& rows) {
  std::vector<double> lengths;
  for (const Row& x : centred) {
    double sum = 0;
    for (const Row& row : rows) sum += Dot(row, x) * Dot(row, x);
    lengths.push_back(std::sqrt(sum));
  }
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  return *middle;
}

/// The largest shift with which weights are int16 and no accumulator reaches 2^29.
int LargestShift(const Matrix& rows, const Row& bias) {
  int shift = kMaxSpeakerShift;
  for (; shift > 1; --shift) {
    bool fits = true;
    for (size_t i = 0; i < rows.size(); ++i) {
      double sum = 0;
      for (const double w : rows[i]) {
        fits = fits && std::abs(std::ldexp(w, shift)) < INT16_MAX;
        sum += std::abs(w);
      }
      const double reach = std::ldexp(sum * kSpeakerOutputMax + std::abs(bias[i]) + 1, shift);
      fits = fits && reach < double{1 << 29};
    }
    if (fits) break;
  }
  return shift;
}

}  // namespace

Status FitProjection(std::span<const std::vector<int32_t>> outputs, SpeakerSection* section) {
  if (outputs.size() < 2) {
    return {ErrorCode::kInvalidArgument, "fewer than two recordings to centre the embeddings by"};
  }
  const size_t n = outputs.front().size();
  Row mean(n, 0);
  for (const auto& r : outputs) {
    for (size_t j = 0; j < n; ++j) mean[j] += r[j] / static_cast<double>(outputs.size());
  }
  Matrix centred;
  for (const auto& r : outputs) {
    Row& row = centred.emplace_back(n);
    for (size_t j = 0; j < n; ++j) row[j] = r[j] - mean[j];
  }
  Matrix rows = EvenedOut(Directions(centred, std::min<size_t>(n, kEmbeddingSize)), n);
  const double length = MedianLength(centred, rows);
  if (!(length >= 4)) {  // r has steps of 1; no number where nothing varies at all
    return {ErrorCode::kInvalidArgument, "the network says the same of all recordings"};
  }
  Row bias;
  for (Row& row : rows) {
    for (double& w : row) w *= kMadeLength / length;
    bias.push_back(-Dot(row, mean));
  }
  section->shift = LargestShift(rows, bias);
  section->projection.clear();
  section->bias.clear();
  for (const Row& row : rows) {
    double centre = 0;  // of what the rounded weights make of the mean
    for (size_t j = 0; j < n; ++j) {
      const int64_t w = std::llround(std::ldexp(row[j], section->shift));
      section->projection.push_back(static_cast<int32_t>(w));
      centre += static_cast<double>(w) * mean[j];
    }
    section->bias.push_back(static_cast<int32_t>(std::llround(-centre)));
  }
  return {};
}

}  // namespace voizk
