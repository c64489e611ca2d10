// Relations written by hand, without the builder's own checks, for tests of the certificate.
#ifndef VOIZK_TESTS_RELATION_SUPPORT_RAW_RELATION_H_
#define VOIZK_TESTS_RELATION_SUPPORT_RAW_RELATION_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "relation/builder/view_arithmetic.h"
#include "relation/certificate/certificate.h"
#include "relation/core/relation.h"

namespace voizk {

/// A relation under construction without the builder's own checks.
struct Raw {
  Relation r;

  TensorId Tensor(const Shape& shape, int64_t lo, int64_t hi) {
    r.tensors.push_back({"", shape, lo, hi});
    return static_cast<TensorId>(r.tensors.size() - 1);
  }
  View Of(TensorId t, int32_t coeff = 1) const {
    const Shape& shape = r.tensors[t].shape;
    IndexMap map;
    for (int d = 0; d < shape.rank; ++d) {
      map.sources.push_back({DimSource::Kind::kAffine, static_cast<uint32_t>(d), 1, 0, {}});
    }
    return {shape, {{t, coeff, map}}, {}};
  }
  void InRange(const View& v, int32_t first, int32_t last, int shift = 0) {
    Table table;
    for (int32_t k = first; k <= last; ++k) {
      table.keys.push_back(k);
      table.values.push_back(0);
    }
    r.tables.push_back(std::move(table));
    r.lookups.push_back({v, shift, false, {}, static_cast<TableId>(r.tables.size() - 1)});
  }
  Relation Finished() const {
    Relation out = r;
    for (const Table& t : r.tables) {
      out.multiplicities.push_back(static_cast<TensorId>(out.tensors.size()));
      out.tensors.push_back({"", MakeShape({static_cast<uint32_t>(t.keys.size())}), 0, 1});
    }
    return out;
  }
};

inline void ExpectCertified(const Raw& raw) {
  const Status s = Certify(raw.Finished());
  EXPECT_TRUE(s.ok()) << s.error().message;
}

inline void ExpectRefused(const Relation& r, const std::string& why) {
  const Status s = Certify(r);
  ASSERT_FALSE(s.ok()) << "certified, though: " << why;
  EXPECT_THAT(s.error().message, ::testing::HasSubstr(why));
}
inline void ExpectRefused(const Raw& raw, const std::string& why) {
  ExpectRefused(raw.Finished(), why);
}

inline View Plus(const View& a, const View& b, int32_t factor = 1) {
  return views::Add(a, views::Scale(b, factor));
}

}  // namespace voizk

#endif  // VOIZK_TESTS_RELATION_SUPPORT_RAW_RELATION_H_
