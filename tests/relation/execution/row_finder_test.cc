// Finding the row of a table that a lookup reads, with keys dense, sparse and repeated.
#include "relation/execution/row_finder.h"

#include <gtest/gtest.h>

namespace voizk {
namespace {

TEST(RowFinderTest, FindsCloseKeys) {
  const Table table{"t", {-2, -1, 0, 1}, {5, 6, 7, 8}};
  const RowFinder finder(table);
  EXPECT_EQ(finder.Find(-2), 0u);
  EXPECT_EQ(finder.Find(1), 3u);
  EXPECT_EQ(finder.Find(2), RowFinder::kNoRow);
  EXPECT_EQ(finder.Find(-3), RowFinder::kNoRow);
  EXPECT_EQ(finder.Find(INT64_MIN), RowFinder::kNoRow);
  EXPECT_EQ(finder.Find(0, 7), 2u);
  EXPECT_EQ(finder.Find(0, 8), RowFinder::kNoRow);
  EXPECT_EQ(finder.value(3), 8);
}

TEST(RowFinderTest, FindsFarKeys) {
  const Table table{"t", {1000000000, -1000000000, 3}, {1, 2, 3}};
  const RowFinder finder(table);
  EXPECT_EQ(finder.Find(-1000000000), 1u);
  EXPECT_EQ(finder.Find(3, 3), 2u);
  EXPECT_EQ(finder.Find(4), RowFinder::kNoRow);
}

TEST(RowFinderTest, EqualKeysAreToldApartByValue) {
  const Table table{"pairs", {4, 4, 5, 4}, {1, 2, 1, 3}};
  const RowFinder finder(table);
  EXPECT_EQ(finder.Find(4), 0u);  // the first
  EXPECT_EQ(finder.Find(4, 2), 1u);
  EXPECT_EQ(finder.Find(4, 3), 3u);
  EXPECT_EQ(finder.Find(5, 2), RowFinder::kNoRow);
}

}  // namespace
}  // namespace voizk
