// What a relying party keeps of relations: each made once, the ones used last, within the bound.
#include "login/relying_party/instance_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "relation/builder/builder.h"
#include "relation/gadgets/commit.h"

namespace voizk {
namespace {

/// A relation that stands for a login's: its size follows from the frames.
Result<Instance> Small(const LoginShape& shape) {
  if (shape.frames == 0) return {ErrorCode::kInvalidArgument, "no frames"};
  Builder b;
  gadgets::Input(b, "x", MakeShape({shape.frames}), 0, static_cast<int64_t>(shape.digits));
  VOIZK_ASSIGN_OR_RETURN(Relation relation, std::move(b).Finish());
  return Instance::Make(std::make_shared<const Relation>(std::move(relation)));
}

class InstanceCacheTest : public testing::Test {
 protected:
  InstanceCache Make(size_t max_bytes) {
    return InstanceCache(
        [this](const LoginShape& shape) {
          ++made_[{shape.frames, shape.digits}];
          return Small(shape);
        },
        max_bytes);
  }
  static size_t BytesOf(const LoginShape& shape) {
    return ApproximateBytes(Small(shape)->relation());
  }
  std::map<std::pair<uint32_t, size_t>, int> made_;
};

TEST_F(InstanceCacheTest, MakesEachShapeOnce) {
  InstanceCache cache = Make(1 << 20);
  const auto first = cache.Get({10, 5});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*cache.Get({10, 5}), *first);
  EXPECT_NE(*cache.Get({10, 6}), *first);
  EXPECT_NE(*cache.Get({12, 5}), *first);
  EXPECT_EQ(made_,
            (std::map<std::pair<uint32_t, size_t>, int>{{{10, 5}, 1}, {{10, 6}, 1}, {{12, 5}, 1}}));
  EXPECT_EQ(cache.bytes(), BytesOf({10, 5}) + BytesOf({10, 6}) + BytesOf({12, 5}));
}

TEST_F(InstanceCacheTest, KeepsTheOnesUsedLastWithinTheBound) {
  const size_t one = BytesOf({10, 5}), two = BytesOf({12, 5}), three = BytesOf({14, 5});
  InstanceCache cache = Make(one + two + three - 1);
  ASSERT_TRUE(cache.Get({10, 5}).ok());
  ASSERT_TRUE(cache.Get({12, 5}).ok());
  ASSERT_TRUE(cache.Get({10, 5}).ok());  // used again
  ASSERT_TRUE(cache.Get({14, 5}).ok());  // 12 goes
  EXPECT_EQ(cache.bytes(), one + three);
  ASSERT_TRUE(cache.Get({10, 5}).ok());
  ASSERT_TRUE(cache.Get({14, 5}).ok());
  EXPECT_EQ((made_[{10, 5}]), 1);
  EXPECT_EQ((made_[{14, 5}]), 1);
  ASSERT_TRUE(cache.Get({12, 5}).ok());
  EXPECT_EQ((made_[{12, 5}]), 2);
  EXPECT_LE(cache.bytes(), one + two + three - 1);
}

TEST_F(InstanceCacheTest, GivesOutWhatItDoesNotKeep) {
  InstanceCache cache = Make(0);
  const auto given = cache.Get({10, 5});
  ASSERT_TRUE(given.ok());
  EXPECT_EQ((*given)->relation().tensors[0].shape.dims[0], 10u);
  EXPECT_EQ(cache.bytes(), 0u);
  ASSERT_TRUE(cache.Get({10, 5}).ok());
  EXPECT_EQ((made_[{10, 5}]), 2);
}

TEST_F(InstanceCacheTest, KeepsNoErrors) {
  InstanceCache cache = Make(1 << 20);
  EXPECT_EQ(cache.Get({0, 5}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(cache.Get({0, 5}).ok());
  EXPECT_EQ((made_[{0, 5}]), 2);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(InstanceCacheTest, ManyThreadsMakeEachShapeOnce) {
  InstanceCache cache = Make(1 << 20);
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (uint32_t k = 0; k < 40; ++k) {
        const uint32_t frames = 2 + 2 * (k % 4);
        const auto got = cache.Get({frames, 5});
        failures += !got.ok() || (*got)->relation().tensors[0].shape.dims[0] != frames ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(made_.size(), 4u);
  for (const auto& [shape, count] : made_) EXPECT_EQ(count, 1) << shape.first;
}

}  // namespace
}  // namespace voizk
