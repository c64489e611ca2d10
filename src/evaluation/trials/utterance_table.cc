#include "evaluation/trials/utterance_table.h"

#include <algorithm>

#include "evaluation/trials/line_reader.h"

namespace voizk {
namespace {

using Fields = std::vector<std::string_view>;

std::optional<size_t> IndexOf(const Fields& header, std::string_view name) {
  const auto found = std::ranges::find(header, name);
  if (found == header.end()) return std::nullopt;
  return static_cast<size_t>(found - header.begin());
}

/// Where the columns are that mean something.
struct Layout {
  size_t id = 0;
  std::optional<size_t> path, start, duration;
};

Result<Layout> ReadHeader(const Fields& header, std::string_view where) {
  const auto malformed = [where](const std::string& what) {
    return Error{ErrorCode::kMalformed, std::string(where) + what};
  };
  if (header.size() > UtteranceTable::kMaxColumns) {
    return malformed("more than " + std::to_string(UtteranceTable::kMaxColumns) + " columns");
  }
  for (const std::string_view& name : header) {
    if (name.empty() || std::ranges::count(header, name) > 1) {
      return malformed("a column without a name of its own");
    }
  }
  const auto id = IndexOf(header, "id"), utterance = IndexOf(header, "utterance");
  if (!id && !utterance) {
    return malformed("the first line names no column id or utterance (tabs between them)");
  }
  return Layout{.id = id ? *id : *utterance,
                .path = IndexOf(header, "path"),
                .start = IndexOf(header, "start_s"),
                .duration = IndexOf(header, "duration_s")};
}

/// lines: gave these fields.
Result<UtteranceTable::Piece> ReadPiece(const LineReader& lines, const Layout& layout,
                                        const Fields& fields) {
  const std::string_view id = fields[layout.id];
  UtteranceTable::Piece piece;
  piece.path = layout.path && !fields[*layout.path].empty() ? fields[*layout.path] : id;
  for (const auto& [column, value] :
       {std::pair(layout.start, &piece.start_s), std::pair(layout.duration, &piece.duration_s)}) {
    if (column && (!ParseNumber(fields[*column], value) || *value < 0 || *value > 1e6)) {
      return lines.At("'" + std::string(fields[*column]) + "' is no time in seconds");
    }
  }
  return piece;
}

}  // namespace

std::optional<size_t> UtteranceTable::Column(std::string_view name) const {
  const auto found = std::ranges::find(kept_, name);
  if (found == kept_.end()) return std::nullopt;
  return static_cast<size_t>(found - kept_.begin());
}

Result<uint32_t> UtteranceTable::Find(std::string_view id) const {
  const auto row = ids_.Find(id);
  if (!row)
    return {ErrorCode::kMalformed, "the utterance " + std::string(id) + " is not in " + file_};
  if (const auto again = again_.find(*row); again != again_.end()) {
    return {ErrorCode::kMalformed, "the utterance " + std::string(id) + " is in " + file_ +
                                       " twice, in lines " + std::to_string(lines_[*row]) +
                                       " and " + std::to_string(again->second)};
  }
  return *row;
}

Result<UtteranceTable> UtteranceTable::Parse(std::string_view text, const std::string& file,
                                             std::span<const std::string> conditions,
                                             size_t max_utterances) {
  if (text.size() > kMaxBytes) {
    return {ErrorCode::kLimitExceeded,
            file + ": a table of more than " + std::to_string(kMaxBytes >> 20) + " MiB"};
  }
  UtteranceTable table;
  table.file_ = file;
  LineReader lines(text, file, Separator::kTab);
  VOIZK_ASSIGN_OR_RETURN(const Fields header, lines.Next());
  VOIZK_ASSIGN_OR_RETURN(const Layout layout,
                         ReadHeader(header, Where(file, std::max<uint64_t>(lines.line(), 1))));
  std::vector<size_t> kept;
  for (size_t c = 0; c < header.size(); ++c) {
    if (header[c] != "speaker" && std::ranges::count(conditions, header[c]) == 0) continue;
    kept.push_back(c);
    table.kept_.emplace_back(header[c]);
  }
  while (true) {
    VOIZK_ASSIGN_OR_RETURN(const Fields fields, lines.Next());
    if (fields.empty()) break;
    if (fields.size() != header.size()) {
      return lines.At("has " + std::to_string(fields.size()) + " columns, the first line " +
                      std::to_string(header.size()));
    }
    const std::string_view id = fields[layout.id];
    if (id.empty()) return lines.At("an utterance without an id");
    if (const auto row = table.ids_.Find(id)) {
      table.again_[*row] = static_cast<uint32_t>(lines.line());
      continue;
    }
    VOIZK_ASSIGN_OR_RETURN(Piece piece, ReadPiece(lines, layout, fields));
    if (table.pieces_.size() >= max_utterances) return lines.TooMany(max_utterances, "utterances");
    table.ids_.Add(id);
    table.pieces_.push_back(std::move(piece));
    table.lines_.push_back(static_cast<uint32_t>(lines.line()));
    for (const size_t c : kept) table.values_.emplace_back(fields[c]);
  }
  return table;
}

}  // namespace voizk
