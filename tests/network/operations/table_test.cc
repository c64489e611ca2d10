// Guards: the operation table, docs/graph.md, docs/bundle.md and voizk/graph.h name the same
// operations and attributes.
#include "network/operations/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "source_dir.h"

namespace voizk {
namespace {

using Names = std::set<std::string>;

std::string ReadTree(const std::string& path) {
  std::ifstream in(std::string(VOIZK_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Everything in `backticks`.
Names Quoted(const std::string& text) {
  Names names;
  for (size_t at = text.find('`'); at != std::string::npos; at = text.find('`', at + 1)) {
    const size_t end = text.find('`', at + 1);
    if (end == std::string::npos) break;
    names.insert(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return names;
}

/// Columns of the rows of the table whose header starts with `header`.
std::vector<std::vector<std::string>> Rows(const std::string& text, const std::string& header) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text.substr(std::min(text.find(header), text.size())));
  for (std::string line; std::getline(lines, line) && line.starts_with("|");) {
    std::vector<std::string> columns;
    std::istringstream cells(line.substr(1));
    for (std::string cell; std::getline(cells, cell, '|');) columns.push_back(cell);
    rows.push_back(std::move(columns));
  }
  EXPECT_GT(rows.size(), 2u) << header;
  if (rows.size() > 2) rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

Names TableNames() {
  Names names;
  for (const OperationEntry& entry : OperationTable()) names.emplace(entry.name);
  return names;
}

/// Notes what is asked for.
class NotingReader final : public AttributeReader {
 public:
  Names asked;
  int64_t Int(std::string_view key, int64_t lo, int64_t) override {
    asked.emplace(key);
    return lo;
  }
  std::vector<int64_t> Ints(std::string_view key, size_t count, int64_t lo, int64_t) override {
    asked.emplace(key);
    return std::vector<int64_t>(count, lo);
  }
  std::vector<int64_t> List(std::string_view key, size_t, int64_t lo, int64_t) override {
    asked.emplace(key);
    return {lo};
  }
  bool Has(std::string_view key) override {
    asked.emplace(key);
    return true;
  }
  TensorData Tensor(std::string_view key, std::string_view, size_t) override {
    asked.emplace(key);
    return {};
  }
};

TEST(OperationTable, NamesWhatItReads) {
  EXPECT_EQ(TableNames().size(), OperationTable().size()) << "a name occurs twice";
  for (const OperationEntry& entry : OperationTable()) {
    NotingReader reader;
    const auto operation = entry.read(reader);
    ASSERT_NE(operation, nullptr) << entry.name;
    EXPECT_EQ(operation->kind(), entry.name);
    EXPECT_EQ(FindOperation(entry.name), &entry);
  }
  EXPECT_EQ(FindOperation("softmin"), nullptr);
  EXPECT_EQ(FindOperation(""), nullptr);
}

TEST(OperationTable, IsWhatTheDocumentLists) {
  const std::string text = ReadTree("docs/graph.md");
  for (const std::string header : {"| operation | formula", "| operation | cells"}) {
    Names listed;
    for (const auto& row : Rows(text, header)) listed.merge(Quoted(row[0]));
    EXPECT_EQ(listed, TableNames()) << header;
  }
}

TEST(OperationTable, AttributesAreThoseOfTheBundleFormat) {
  Names listed;
  for (const auto& row : Rows(ReadTree("docs/bundle.md"), "| op | attributes")) {
    const Names operations = Quoted(row[0]), attributes = Quoted(row[1]);
    for (const std::string& name : operations) {
      listed.insert(name);
      const OperationEntry* const entry = FindOperation(name);
      ASSERT_NE(entry, nullptr) << name;
      NotingReader reader;
      entry->read(reader);
      EXPECT_EQ(reader.asked, attributes) << name;
    }
  }
  EXPECT_EQ(listed, TableNames());
}

TEST(OperationTable, IsWhatThePublicHeaderOffers) {
  const std::string text = ReadTree("include/voizk/graph.h");
  Names methods, offered;
  for (const OperationEntry& entry : OperationTable()) methods.emplace(entry.method);
  EXPECT_EQ(methods.size(), OperationTable().size()) << "a method occurs twice";
  for (size_t at = text.find("  Node "); at != std::string::npos;
       at = text.find("  Node ", at + 1)) {
    const size_t begin = at + 7, end = text.find_first_of("( ;", begin);
    offered.insert(text.substr(begin, end - begin));
  }
  for (const char* other : {"Input", "PublicInput", "Append", "Change"}) offered.erase(other);
  EXPECT_EQ(offered, methods);
}

}  // namespace
}  // namespace voizk
