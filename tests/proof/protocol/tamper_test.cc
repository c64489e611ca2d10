// Proofs that were changed on the way, and proofs for something else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>

#include "proof/protocol/container.h"
#include "proof/protocol/small_relations.h"
#include "proof/verifier/verifier.h"

namespace voizk {
namespace {

using testing::Values;

constexpr size_t kHeaderBytes = 16;

class Tamper : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    instance_ = MakeInstanceOrDie(sample_, GetParam());
    proof_ = ProveSample(*instance_, SamplePublicValues(), sample_.witness, 1);
    ASSERT_TRUE(Verify(*instance_, SamplePublicValues(), proof_).ok());
    messages_end_ =
        kHeaderBytes + 32 + instance_->plan().pads * instance_->params().element_bytes();
  }
  /// Refused, with a check: of the parser if malformed, of the verifier if rejected.
  Error ErrorOf(const std::vector<uint8_t>& proof) {
    const Status status = Verify(*instance_, SamplePublicValues(), proof);
    EXPECT_FALSE(status.ok());
    if (status.ok()) return {ErrorCode::kInternal, "accepted"};
    const Error& error = status.error();
    EXPECT_TRUE(error.rejection.has_value()) << error.message;
    EXPECT_EQ(error.code, error.Failed(Check::kLength) || error.Failed(Check::kHeader) ||
                                  error.Failed(Check::kCanonical)
                              ? ErrorCode::kProofMalformed
                              : ErrorCode::kProofRejected)
        << error.message;
    return error;
  }
  std::vector<uint8_t> With(size_t position, uint8_t difference) const {
    std::vector<uint8_t> proof = proof_;
    proof[position] ^= difference;
    return proof;
  }
  Sample sample_ = Tiny(4);
  std::optional<Instance> instance_;
  std::vector<uint8_t> proof_;
  size_t messages_end_ = 0;  // end of header, root and masked scalars
};

// Every byte of header, root and masked scalars; of what the opening sends, every 23rd byte, or
// every byte with VOIZK_EXHAUSTIVE set (a minute).
TEST_P(Tamper, EveryFlippedByteIsRejected) {
  const size_t stride = std::getenv("VOIZK_EXHAUSTIVE") == nullptr ? 23 : 1;
  std::mt19937 rng(9);
  size_t flips = 0;
  for (size_t i = 0; i < proof_.size(); i += i < messages_end_ ? 1 : stride) {
    std::vector<uint8_t> proof = proof_;
    proof[i] ^= static_cast<uint8_t>(1 + rng() % 255);
    const Status status = Verify(*instance_, SamplePublicValues(), proof);
    ASSERT_FALSE(status.ok()) << "byte " << i << " of " << proof_.size();
    ++flips;
  }
  EXPECT_GT(flips, messages_end_);
}

TEST_P(Tamper, HeaderIsCheckedByField) {
  for (size_t i = 0; i < kHeaderBytes; ++i) {
    EXPECT_TRUE(ErrorOf(With(i, 1)).Failed(Check::kHeader)) << i;
  }
  const Error version = ErrorOf(With(8, 2)), degree = ErrorOf(With(12, 8));
  EXPECT_EQ(version.rejection->expected, kProofVersion);
  EXPECT_EQ(version.rejection->actual, kProofVersion ^ 2);
  EXPECT_EQ(degree.rejection->expected, static_cast<uint64_t>(GetParam()));
  EXPECT_EQ(degree.rejection->actual, static_cast<uint64_t>(GetParam() ^ 8));
}

// What is said before the pad tableau's challenges moves them, so the constraints fail; and so does
// the sum that is sent.
TEST_P(Tamper, RootAndScalarsAreBoundByTheConstraints) {
  const size_t element = instance_->params().element_bytes();
  for (const size_t i : {kHeaderBytes, kHeaderBytes + 31, kHeaderBytes + 32, messages_end_ - 4,
                         messages_end_, messages_end_ + element}) {
    EXPECT_TRUE(ErrorOf(With(i, 1)).Failed(Check::kConstraints)) << i;
  }
}

TEST_P(Tamper, ColumnsAndSiblingsAreBoundByTheRoot) {
  const CommitParams& p = instance_->params();
  const size_t rounds = messages_end_ + 2 * p.element_bytes() + sizeof(Digest);
  const size_t fold = rounds + 2 * p.element_bytes() * static_cast<size_t>(p.response_rounds());
  const size_t columns = fold + p.element_bytes() * p.response_width();
  const size_t response_columns = columns + p.queries * p.column_bytes();
  const size_t siblings = response_columns + p.response_queries * p.response_column_bytes();
  for (const size_t i : {columns, columns + 32, columns + p.column_bytes() - 4, response_columns,
                         siblings - 4, siblings, proof_.size() - 1}) {
    EXPECT_TRUE(ErrorOf(With(i, 1)).Failed(Check::kMerklePath)) << i;
  }
  // What is said of the responses moves the columns, which then lie elsewhere.
  for (const size_t i :
       {rounds - sizeof(Digest), rounds - 1, rounds, fold - 4, fold, columns - 4}) {
    const Error error = ErrorOf(With(i, 1));
    EXPECT_TRUE(error.Failed(Check::kMerklePath) || error.Failed(Check::kLength)) << i;
  }
}

TEST_P(Tamper, ElementsThatAreNotCanonicalAreMalformed) {
  std::vector<uint8_t> proof = proof_;
  StoreU32(Fp::kModulus, &proof[kHeaderBytes + 32]);  // the first masked scalar
  const Error error = ErrorOf(proof);
  EXPECT_TRUE(error.Failed(Check::kCanonical));
  EXPECT_EQ(error.rejection->position, kHeaderBytes + 32);
  EXPECT_EQ(error.rejection->expected, uint64_t{Fp::kModulus});
}

TEST_P(Tamper, TruncatedProofsAreMalformed) {
  for (size_t n = 0; n < proof_.size(); n += n < 200 ? 1 : 997) {
    const Error error = ErrorOf({proof_.begin(), proof_.begin() + static_cast<ptrdiff_t>(n)});
    EXPECT_TRUE(error.Failed(n < 8 ? Check::kHeader : Check::kLength)) << n;
    EXPECT_LE(error.rejection->position, n);
  }
  EXPECT_TRUE(ErrorOf({proof_.begin(), proof_.end() - 1}).Failed(Check::kLength));
}

TEST_P(Tamper, ExtendedProofsAreMalformed) {
  std::vector<uint8_t> proof = proof_;
  proof.push_back(0);
  EXPECT_TRUE(ErrorOf(proof).Failed(Check::kLength));
}

TEST_P(Tamper, AnotherStatementIsRejected) {
  for (int change = 0; change < 4; ++change) {
    PublicValues public_values = SamplePublicValues();
    if (change == 0) public_values.AddText("more", "");
    if (change == 1) public_values = PublicValues();
    if (change == 2) {
      public_values = PublicValues();
      public_values.AddText("relying party", "example.net");
      public_values.Add("nonce", std::vector<uint8_t>{1, 2, 3, 4, 5, 6, 7, 8});
    }
    if (change == 3) {  // the same bytes under another label
      public_values = PublicValues();
      public_values.AddText("relying part", "yexample.org");
      public_values.Add("nonce", std::vector<uint8_t>{1, 2, 3, 4, 5, 6, 7, 8});
    }
    const Status status = Verify(*instance_, public_values, proof_);
    ASSERT_FALSE(status.ok()) << change;
    EXPECT_TRUE(status.error().Failed(Check::kConstraints)) << change;
  }
}

// Same shapes, another table: only the digest and the table's values differ.
TEST_P(Tamper, AnotherRelationIsRejected) {
  Relation other = *sample_.relation;
  bool changed = false;
  for (Table& table : other.tables) {
    for (int32_t& v : table.values) {
      if (!changed && v == 1) {
        v = 2;
        changed = true;
      }
    }
  }
  ASSERT_TRUE(changed);
  const auto instance = Instance::Make(std::make_shared<const Relation>(other), GetParam());
  ASSERT_TRUE(instance.ok()) << instance.error().message;
  const Status status = Verify(*instance, SamplePublicValues(), proof_);
  ASSERT_FALSE(status.ok());
  EXPECT_TRUE(status.error().Failed(Check::kConstraints));
}

TEST_P(Tamper, TwoProofsCannotBeMixed) {
  const auto other = ProveSample(*instance_, SamplePublicValues(), sample_.witness, 2);
  for (const size_t cut : {kHeaderBytes + 32, kHeaderBytes + 64, messages_end_ - 16, messages_end_,
                           (messages_end_ + proof_.size()) / 2}) {
    std::vector<uint8_t> mixed(proof_.begin(), proof_.begin() + static_cast<ptrdiff_t>(cut));
    mixed.insert(mixed.end(), other.begin() + static_cast<ptrdiff_t>(cut), other.end());
    ErrorOf(mixed);  // rejected, or malformed where the queries ask for other siblings
  }
}

TEST_P(Tamper, RandomBytesAreRefused) {
  std::mt19937 rng(3);
  for (int i = 0; i < 200; ++i) {
    std::vector<uint8_t> proof = proof_;
    const size_t from = kHeaderBytes + rng() % (proof.size() - kHeaderBytes);
    for (size_t k = from; k < proof.size(); ++k) proof[k] = static_cast<uint8_t>(rng());
    ErrorOf(proof);
  }
}

INSTANTIATE_TEST_SUITE_P(Degrees, Tamper, Values(4, 5));

TEST(StatementBytes, RoundTripAndLimits) {
  const PublicValues public_values = SamplePublicValues();
  const auto bytes = public_values.Serialize();
  const auto parsed = PublicValues::Parse(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed, public_values);
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(PublicValues::Parse(ByteSpan(bytes).first(n)).ok()) << n;
  }
}

}  // namespace
}  // namespace voizk
