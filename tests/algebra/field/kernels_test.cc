// Every kernel against its plain version, bit for bit, at sizes around every vector length, on
// every vector unit of this machine.
#include "algebra/field/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include "every_target.h"
#include "field_laws.h"

namespace voizk {
namespace {

// Odd sizes, whole vectors of 4, 8 and 16 lanes and their neighbours, and one that takes many
// turns.
constexpr size_t kSizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, 63, 65, 1037};

class Data {
 public:
  explicit Data(uint64_t seed) : rng_(seed) {}
  std::vector<Fp> Base(size_t n) {
    std::vector<Fp> v(n);
    for (Fp& x : v) x = RandomElement<Fp>(rng_);
    return v;
  }
  template <int D>
  ExtVec<D> Extension(size_t n) {
    ExtVec<D> v(n);
    for (size_t i = 0; i < n; ++i) v.set(i, RandomElement<Ext<D>>(rng_));
    return v;
  }
  template <typename T>
  std::vector<T> Integers(size_t n) {
    std::vector<T> v(n);
    constexpr T kEdges[] = {0, 1, -1, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    for (T& x : v) x = rng_() % 3 == 0 ? kEdges[rng_() % 5] : static_cast<T>(rng_());
    return v;
  }
  template <typename F>
  F Scalar() {
    return RandomElement<F>(rng_);
  }

 private:
  std::mt19937_64 rng_;
};

template <int D>
auto View(const ExtVec<D>& v) {
  return ExtConstSpan<D>(v.span());
}

TEST(MatchesScalar, BaseField) {
  OnEveryTarget([] {
    Data data(1);
    for (const size_t n : kSizes) {
      const auto a = data.Base(n), b = data.Base(n);
      const Fp s = data.Scalar<Fp>();
      std::vector<Fp> fast(n), slow(n);
      const auto check = [&](const char* name) { EXPECT_EQ(fast, slow) << name << " " << n; };
      AddVec(a, b, fast), plain::AddVec(a, b, slow), check("AddVec");
      SubVec(a, b, fast), plain::SubVec(a, b, slow), check("SubVec");
      MulVec(a, b, fast), plain::MulVec(a, b, slow), check("MulVec");
      MulScalarVec(a, s, fast), plain::MulScalarVec(a, s, slow), check("MulScalarVec");
      std::vector<uint8_t> fast_bytes(4 * n), slow_bytes(4 * n);
      CanonicalBytes(a, fast_bytes), plain::CanonicalBytes(a, slow_bytes);
      EXPECT_EQ(fast_bytes, slow_bytes);
    }
  });
}

template <typename T>
void CheckConvert(Data& data) {
  for (const size_t n : kSizes) {
    const std::vector<T> a = data.Integers<T>(n);
    std::vector<Fp> fast(n), slow(n);
    ConvertVec(std::span<const T>(a), fast);
    plain::ConvertVec(std::span<const T>(a), slow);
    EXPECT_EQ(fast, slow) << n;
  }
}
TEST(MatchesScalar, ConvertVec) {
  OnEveryTarget([] {
    Data data(2);
    CheckConvert<int8_t>(data);
    CheckConvert<int16_t>(data);
    CheckConvert<int32_t>(data);
  });
}

TEST(Kernels, ConvertInt32CoversTheEdgesOfItsRange) {
  OnEveryTarget([] {
    // p and its multiples lie inside the range of int32: every branch of the reduction.
    std::vector<int32_t> a;
    for (const int64_t centre :
         {-2147483648ll, -2130706433ll, -1ll, 0ll, 2130706433ll, 2147483647ll}) {
      for (int64_t v = centre - 2; v <= centre + 2; ++v) {
        if (v >= -2147483648ll && v <= 2147483647ll) a.push_back(static_cast<int32_t>(v));
      }
    }
    a.resize(32);
    std::vector<Fp> out(a.size());
    ConvertVec(std::span<const int32_t>(a), out);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(out[i], Fp::FromI64(a[i])) << a[i];
  });
}

template <typename K>
class ExtKernels : public testing::Test {};
using Degrees = testing::Types<Ext<4>, Ext<5>>;
TYPED_TEST_SUITE(ExtKernels, Degrees);

TYPED_TEST(ExtKernels, PointwiseMatchesScalar) {
  OnEveryTarget([] {
    using K = TypeParam;
    constexpr int D = K::kDegree;
    Data data(3);
    for (const size_t n : kSizes) {
      const auto a = data.Extension<D>(n), b = data.Extension<D>(n);
      const TypeParam s = data.Scalar<TypeParam>();
      ExtVec<D> fast(n), slow(n);
      const auto check = [&](const char* name) {
        EXPECT_EQ(fast.ToVector(), slow.ToVector()) << name << " " << n;
      };
      AddVec<D>(View(a), View(b), fast.span());
      plain::AddVec<D>(View(a), View(b), slow.span()), check("AddVec");
      SubVec<D>(View(a), View(b), fast.span());
      plain::SubVec<D>(View(a), View(b), slow.span()), check("SubVec");
      MulVec<D>(View(a), View(b), fast.span());
      plain::MulVec<D>(View(a), View(b), slow.span()), check("MulVec");
      MulScalarVec<D>(View(a), s, fast.span());
      plain::MulScalarVec<D>(View(a), s, slow.span()), check("MulScalarVec");
    }
  });
}

TYPED_TEST(ExtKernels, InnerProductMatchesScalar) {
  OnEveryTarget([] {
    using K = TypeParam;
    constexpr int D = K::kDegree;
    Data data(4);
    for (const size_t n : kSizes) {
      const auto a = data.Extension<D>(n), b = data.Extension<D>(n);
      const auto f = data.Base(n);
      const auto i8 = data.Integers<int8_t>(n);
      const auto i16 = data.Integers<int16_t>(n);
      const std::span<const int8_t> s8(i8);
      const std::span<const int16_t> s16(i16);
      EXPECT_EQ(InnerProduct<D>(View(a), FpSpan(f)), plain::InnerProduct<D>(View(a), FpSpan(f)));
      EXPECT_EQ(InnerProduct<D>(View(a), View(b)), plain::InnerProduct<D>(View(a), View(b)));
      EXPECT_EQ(InnerProduct<D>(View(a), s8), plain::InnerProduct<D>(View(a), s8));
      EXPECT_EQ(InnerProduct<D>(View(a), s16), plain::InnerProduct<D>(View(a), s16));
    }
  });
}

TYPED_TEST(ExtKernels, LazySumsDoNotOverflow) {
  // Largest factors everywhere: p - 1 in Montgomery form, -2^15, and enough of them that an
  // unreduced 64-bit sum would wrap: five products of field elements, 2^17 per lane with integers.
  using K = TypeParam;
  constexpr int D = K::kDegree;
  const size_t n = (size_t{1} << 21) + 3, few = 1027;
  K top;
  for (int l = 0; l < D; ++l) top[l] = Fp::FromRaw(Fp::kModulus - 1);
  ExtVec<D> a(n);
  for (int l = 0; l < D; ++l) std::fill_n(a.limb(l), n, top[l]);
  const std::vector<int16_t> low(n, -32768);
  const std::vector<Fp> f(few, Fp::FromRaw(Fp::kModulus - 1));
  const auto view = View(a).first(few);
  OnEveryTarget([&] {
    EXPECT_EQ(InnerProduct<D>(view, FpSpan(f)), top * (Fp::FromU64(few) * f[0]));
    EXPECT_EQ(InnerProduct<D>(view, view), top * top * Fp::FromU64(few));
    EXPECT_EQ(InnerProduct<D>(View(a), std::span<const int16_t>(low)),
              top * (Fp::FromU64(n) * Fp::FromI64(-32768)));
  });
}

TYPED_TEST(ExtKernels, FoldMatchesScalar) {
  OnEveryTarget([] {
    using K = TypeParam;
    constexpr int D = K::kDegree;
    Data data(5);
    for (const size_t n : kSizes) {
      const auto lo = data.Extension<D>(n), hi = data.Extension<D>(n), a = data.Extension<D>(2 * n);
      const auto flo = data.Base(n), fhi = data.Base(n), f = data.Base(2 * n);
      const TypeParam r = data.Scalar<TypeParam>();
      ExtVec<D> fast(n), slow(n);
      const auto check = [&](const char* name) {
        EXPECT_EQ(fast.ToVector(), slow.ToVector()) << name << " " << n;
      };
      Fold<D>(View(lo), View(hi), r, fast.span());
      plain::Fold<D>(View(lo), View(hi), r, slow.span()), check("Fold");
      Fold<D>(FpSpan(flo), FpSpan(fhi), r, fast.span());
      plain::Fold<D>(FpSpan(flo), FpSpan(fhi), r, slow.span()), check("Fold base");
      FoldPairs<D>(View(a), r, fast.span());
      plain::FoldPairs<D>(View(a), r, slow.span()), check("FoldPairs");
      FoldPairs<D>(FpSpan(f), r, fast.span());
      plain::FoldPairs<D>(FpSpan(f), r, slow.span()), check("FoldPairs base");
    }
  });
}

TYPED_TEST(ExtKernels, FoldsWorkInPlace) {
  OnEveryTarget([] {
    using K = TypeParam;
    constexpr int D = K::kDegree;
    Data data(6);
    for (const size_t n : kSizes) {
      const TypeParam r = data.Scalar<TypeParam>();
      auto a = data.Extension<D>(2 * n);
      ExtVec<D> expected(n), pairs(n);
      plain::Fold<D>(View(a).subspan(0, n), View(a).subspan(n, n), r, expected.span());
      plain::FoldPairs<D>(View(a), r, pairs.span());
      auto b = a.Clone();
      Fold<D>(b.subspan(0, n), b.subspan(n, n), r, b.subspan(0, n));
      b.Truncate(n);
      EXPECT_EQ(b.ToVector(), expected.ToVector());
      FoldPairs<D>(View(a), r, a.subspan(0, n));
      a.Truncate(n);
      EXPECT_EQ(a.ToVector(), pairs.ToVector());
    }
  });
}

TYPED_TEST(ExtKernels, CombinationsMatchScalar) {
  OnEveryTarget([] {
    using K = TypeParam;
    constexpr int D = K::kDegree;
    Data data(7);
    for (const size_t n : kSizes) {
      const auto x = data.Extension<D>(n);
      const auto f = data.Base(n);
      const TypeParam s = data.Scalar<TypeParam>();
      auto fast = data.Extension<D>(n);
      auto slow = fast.Clone();
      const auto check = [&](const char* name) {
        EXPECT_EQ(fast.ToVector(), slow.ToVector()) << name << " " << n;
      };
      Axpy<D>(s, View(x), fast.span());
      plain::Axpy<D>(s, View(x), slow.span()), check("Axpy");
      Axpy<D>(s, FpSpan(f), fast.span());
      plain::Axpy<D>(s, FpSpan(f), slow.span()), check("Axpy base");
      for (const size_t count : {0u, 1u, 2u, 7u, 8u, 9u, 19u}) {
        std::vector<std::vector<Fp>> storage;
        std::vector<FpSpan> rows;
        std::vector<TypeParam> factors;
        for (size_t k = 0; k < count; ++k) {
          storage.push_back(data.Base(n + k % 2));  // rows may be longer than y
          factors.push_back(data.Scalar<TypeParam>());
        }
        for (const auto& row : storage) rows.emplace_back(row);
        AxpyRows<D>(factors, rows, fast.span());
        plain::AxpyRows<D>(factors, rows, slow.span()), check("AxpyRows");
      }
      auto fast_hi = ExtVec<D>(n), slow_hi = ExtVec<D>(n);
      EqExpand<D>(fast.span(), fast_hi.span(), s);
      plain::EqExpand<D>(slow.span(), slow_hi.span(), s), check("EqExpand");
      EXPECT_EQ(fast_hi.ToVector(), slow_hi.ToVector());
    }
  });
}

}  // namespace
}  // namespace voizk
