// The public elements of lattice commitments are those of docs/protocol/lattice.md, and slot by
// slot products are products modulo x^1024 + 1.
#include "crypto/lattice/columns.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace voizk {
namespace {

// From reference/lattice.py, which has a ChaCha20 of its own.
TEST(LatticeColumns, AreThoseOfTheDocument) {
  const LatticeColumns columns(3);
  const auto at = [](FpSpan slots, size_t i) { return slots[i].ToU32(); };
  EXPECT_EQ(at(columns.Of(0, 1), 0), 1392089769u);
  EXPECT_EQ(at(columns.Of(0, 1), 1), 1008392659u);
  EXPECT_EQ(at(columns.Of(0, 1), 1023), 837526177u);
  EXPECT_EQ(at(columns.Of(1, 1), 0), 1051323890u);
  EXPECT_EQ(at(columns.Of(1, 1), 1), 1451597315u);
  EXPECT_EQ(at(columns.Of(1, 1), 1023), 347660292u);
  EXPECT_EQ(at(columns.Of(2, 1), 0), 459392796u);
  EXPECT_EQ(at(columns.Of(2, 1), 1), 1211562021u);
  EXPECT_EQ(at(columns.Of(2, 1), 1023), 1833300489u);
  EXPECT_EQ(at(columns.Salt(), 0), 231622877u);
  EXPECT_EQ(at(columns.Salt(), 1), 1962666105u);
  EXPECT_EQ(at(columns.Salt(), 1023), 263021124u);
}

TEST(LatticeColumns, AreDistinctAndTheSameWhateverTheirNumber) {
  const LatticeColumns three(3), one(1);
  EXPECT_TRUE(std::equal(one.Of(0, 1).begin(), one.Of(0, 1).end(), three.Of(0, 1).begin()));
  std::set<uint32_t> seen;
  for (const Fp x : three.Of(0, 3)) seen.insert(x.raw());
  for (const Fp x : three.Salt().first(kLatticeDegree)) seen.insert(x.raw());
  EXPECT_GT(seen.size(), 4 * kLatticeDegree - 16);  // birthdays: 4 of 2^12 in 2^31
  for (const Fp x : three.Salt().subspan(kLatticeDegree)) EXPECT_EQ(x, Fp::kOne);
}

TEST(LatticeSlots, MultiplyModuloTheCyclotomic) {
  std::mt19937 rng(7);
  std::vector<Fp> a(kLatticeDegree), b(kLatticeDegree), c(kLatticeDegree);
  for (Fp& x : a) x = Fp::FromU64(rng());
  for (Fp& x : b) x = Fp::FromU64(rng());
  for (size_t i = 0; i < kLatticeDegree; ++i) {
    for (size_t j = 0; j < kLatticeDegree; ++j) {
      const Fp product = a[i] * b[j];
      Fp& out = c[(i + j) % kLatticeDegree];
      out = i + j < kLatticeDegree ? out + product : out - product;
    }
  }
  std::vector<Fp> slots_a(kLatticeDegree), slots_b(kLatticeDegree), slots_c(kLatticeDegree);
  LatticeSlots().Forward(a, slots_a);
  LatticeSlots().Forward(b, slots_b);
  LatticeSlots().Forward(c, slots_c);
  for (size_t s = 0; s < kLatticeDegree; ++s) EXPECT_EQ(slots_a[s] * slots_b[s], slots_c[s]) << s;
  // The slots are in the document's order.
  const Fp psi = Fp::RootOfUnity(11);
  EXPECT_EQ(LatticeSlots().DomainPoint(0), psi);
  EXPECT_EQ(LatticeSlots().DomainPoint(1), psi.Pow(1025));
  EXPECT_EQ(LatticeSlots().DomainPoint(2), psi.Pow(513));
  EXPECT_EQ(LatticeSlots().DomainPoint(1023), psi.Pow(2047));
}

}  // namespace
}  // namespace voizk
