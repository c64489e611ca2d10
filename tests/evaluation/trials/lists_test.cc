// Lists, tables and score files of others: what is read, what is refused with its line, how long a
// million lines take.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "evaluation/trials/conditions.h"
#include "evaluation/trials/score_file.h"
#include "evaluation/trials/trial_plan.h"

namespace voizk {
namespace {

template <typename T>
std::string Complaint(const Result<T>& result) {
  return result.ok() ? "none" : result.error().message;
}

TEST(TrialLists, ReadBothFormatsAndWriteThem) {
  const std::string kaldi = "a b target\na c nontarget\n", voxceleb = "1 a b\n0 a c\n";
  for (const std::string& text : {kaldi, voxceleb, std::string("1\ta  b \r\n\n0 a c")}) {
    const auto list = ParseTrialList(text, "l");
    ASSERT_TRUE(list.ok()) << list.error().message;
    ASSERT_EQ(list->trials.size(), 2U);
    EXPECT_TRUE(list->trials[0].target);
    EXPECT_FALSE(list->trials[1].target);
    EXPECT_EQ(list->enrolled.size(), 1U);
    EXPECT_EQ(list->tested[list->trials[1].test], "c");
    EXPECT_EQ(FormatTrialList(*list, ListFormat::kKaldi), kaldi);
    EXPECT_EQ(FormatTrialList(*list, ListFormat::kVoxCeleb), voxceleb);
  }
  // A model named 1 is no label.
  EXPECT_EQ(ParseTrialList("1 b target\n", "l")->enrolled[0], "1");
}

TEST(TrialLists, NameTheLineThatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "l: "},
      {"\n \n", "l: "},
      {"a b\n", "l:1: "},
      {"a b target\n\na b c d\n", "l:3: "},
      {"a b target\n1 a b\n", "l:2: "},
      {"1 a b\na b target\n", "l:2: "},
      {"a b maybe\n", "l:1: "},
      {std::string("a b target\na \0b target\n", 25), "l:2: "},
      {std::string((size_t{1} << 20) + 1, 'x'), "l:1: "}};
  for (const auto& [text, where] : cases) {
    const auto list = ParseTrialList(text, "l");
    EXPECT_TRUE(Complaint(list).starts_with(where)) << Complaint(list);
    EXPECT_EQ(list.error().code, ErrorCode::kMalformed);
  }
}

TEST(TrialLists, ATrialIsThereOnce) {
  const std::string three = "a b target\nb a target\n\na c nontarget\n";
  EXPECT_TRUE(ParseTrialList(three, "l").ok()) << "names in the other order are another trial";
  const std::string twice = ": this trial is there twice, first in line ";
  EXPECT_EQ(Complaint(ParseTrialList(three + "a c nontarget\na b target\na b target\n", "l")),
            "l:5" + twice + "4");
  EXPECT_EQ(Complaint(ParseTrialList(three + "a b nontarget\na b target\n", "l")),
            "l:5" + twice + "1");
  EXPECT_EQ(Complaint(ParseTrialList("1 a b\n1 a c\n0 a b\n", "l")), "l:3" + twice + "1");
  // The last score of it would count twice.
  EXPECT_EQ(Complaint(ParseScores("a b 1 target\nc b 0 nontarget\na b 2 target\n", "s", nullptr)),
            "s:3" + twice + "1");
  const auto labels = ParseTrialList(three, "l");
  EXPECT_EQ(Complaint(ParseScores("a b 1\na b 1\n", "s", &*labels)), "s:2" + twice + "1");
}

TEST(TrialLists, AnyBytesAreSafe) {
  std::mt19937_64 random(1);
  const std::string letters = "01 ab\t\n\r.xt";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t i = 0; i < random() % 200; ++i) {
      text += round % 2 == 0 ? letters[random() % letters.size()] : static_cast<char>(random());
    }
    for (const bool ok :
         {ParseTrialList(text, "l").ok(), ParseModelList(text, "l").ok(),
          UtteranceTable::Parse(text, "l").ok(), ParseScores(text, "l", nullptr).ok()}) {
      static_cast<void>(ok);
    }
  }
}

TEST(TrialLists, TooManyTrialsNameTheLine) {
  std::string text;
  text.reserve(6 * (kMaxTrials + 1));
  for (size_t i = 0; i <= kMaxTrials; ++i) text += "0 a b\n";
  const auto list = ParseTrialList(text, "l");
  EXPECT_EQ(Complaint(list), "l:10000001: more than 10000000 trials");
  EXPECT_EQ(list.error().code, ErrorCode::kLimitExceeded);
}

TEST(TrialLists, AMillionLinesAreRead) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) {
    text += std::to_string(i % 1000) + ".wav t" + std::to_string(i) +
            (i % 9 ? " nontarget\n" : " target\n");
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto list = ParseTrialList(text, "l");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->trials.size(), 1'000'000U);
  EXPECT_LT(seconds.count(), 20) << "a second where nothing else runs";
}

TEST(ModelLists, ReadAndRefuse) {
  const auto models = ParseModelList("m a b c\nn d\n", "m.txt");
  ASSERT_TRUE(models.ok());
  EXPECT_EQ(models->utterances[0].size(), 3U);
  EXPECT_TRUE(Complaint(ParseModelList("m a\nm b\n", "f")).starts_with("f:2: "));
  EXPECT_TRUE(Complaint(ParseModelList("m\n", "f")).starts_with("f:1: "));
  EXPECT_TRUE(Complaint(ParseModelList("m a b a\n", "f")).starts_with("f:1: "));
  std::string many = "m";
  for (size_t i = 0; i <= kMaxModelUtterances; ++i) many += " u" + std::to_string(i);
  EXPECT_TRUE(Complaint(ParseModelList(many, "f")).starts_with("f:1: "));
}

TEST(Tables, ReadAndRefuse) {
  const auto table = UtteranceTable::Parse(
      "path\tspeaker\tutterance\tstart_s\tduration_s\tsex\nx.flac\tS\tu1\t1."
      "5\t2\tF\n\tS\tu2\t0\t0\t\n",
      "t");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->piece(*table->Find("u1")).path, "x.flac");
  EXPECT_EQ(table->piece(*table->Find("u1")).start_s, 1.5);
  EXPECT_EQ(table->piece(*table->Find("u2")).path, "u2");
  EXPECT_EQ(Complaint(table->Find("x.flac")), "the utterance x.flac is not in t");
  const auto twice = UtteranceTable::Parse("id\tx\na\t1\nb\t1\na\t2\n", "t");
  EXPECT_TRUE(twice->Find("b").ok());
  EXPECT_EQ(Complaint(twice->Find("a")), "the utterance a is in t twice, in lines 2 and 4");
  const std::pair<std::string, std::string> cases[] = {{"", "t:1: "},
                                                       {"path\tspeaker\n", "t:1: "},
                                                       {"id\tid\n", "t:1: "},
                                                       {"id\tx\na\n", "t:2: "},
                                                       {"id\tx\n\t1\n", "t:2: "},
                                                       {"id\tstart_s\na\tsoon\n", "t:2: "},
                                                       {"id\tstart_s\na\t-1\n", "t:2: "},
                                                       {"id\tstart_s\na\tnan\n", "t:2: "}};
  for (const auto& [text, where] : cases) {
    const auto read = UtteranceTable::Parse(text, "t");
    EXPECT_TRUE(Complaint(read).starts_with(where)) << text << " -> " << Complaint(read);
  }
}

TEST(Tables, KeepWhatIsAskedForAndAreBounded) {
  const std::string text = "id\tspeaker\tsex\tage\nu1\tS\tF\t31\nu2\tT\tM\t\n";
  const auto plain = UtteranceTable::Parse(text, "t");
  EXPECT_EQ(plain->Value(1, *plain->Column("speaker")), "T");
  for (const char* const name : {"id", "sex", "age"}) EXPECT_FALSE(plain->Column(name)) << name;
  const auto aged = UtteranceTable::Parse(text, "t", std::vector<std::string>{"age", "absent"});
  EXPECT_EQ(aged->Value(0, *aged->Column("age")), "31");
  EXPECT_EQ(aged->Value(1, *aged->Column("age")), "");
  EXPECT_EQ(aged->Value(1, *aged->Column("speaker")), "T");
  EXPECT_FALSE(aged->Column("sex") || aged->Column("absent"));

  const auto large = UtteranceTable::Parse(std::string(UtteranceTable::kMaxBytes + 1, '\n'), "t");
  EXPECT_EQ(Complaint(large), "t: a table of more than 256 MiB");
  EXPECT_EQ(large.error().code, ErrorCode::kLimitExceeded);
  std::string wide = "id";
  for (size_t c = 1; c <= UtteranceTable::kMaxColumns; ++c) wide += "\tc" + std::to_string(c);
  EXPECT_EQ(Complaint(UtteranceTable::Parse(wide, "t")), "t:1: more than 64 columns");
  EXPECT_TRUE(UtteranceTable::Parse(text, "t", {}, 2).ok());
  EXPECT_EQ(Complaint(UtteranceTable::Parse(text, "t", {}, 1)), "t:3: more than 1 utterances");
}

TEST(Plans, JoinListModelsAndTable) {
  const auto list = ParseTrialList("m a target\nn a nontarget\n", "l");
  const auto models = ParseModelList("m b c\nn d\n", "m");
  const auto table = UtteranceTable::Parse("id\tspeaker\tsex\na\tS\tF\nb\tS\tF\nc\tS\tM\nd\tT\tM\n",
                                           "t", std::vector<std::string>{"sex"});
  const auto plan = PlanTrials(*list, &*models, &*table);
  ASSERT_TRUE(plan.ok()) << plan.error().message;
  EXPECT_EQ(plan->utterances.size(), 4U);
  EXPECT_EQ(plan->enrolled[0].size(), 2U);
  const auto speakers = FindSpeakers(*list, *plan, &*table);
  ASSERT_TRUE(speakers.ok()) << speakers.error().message;
  EXPECT_EQ(speakers->count, 2U);
  const auto by_sex = ByColumn(*list, *plan, *table, "sex");
  ASSERT_TRUE(by_sex.ok());
  EXPECT_EQ(by_sex->values[by_sex->of_trial[0]], "mixed/F");
  EXPECT_EQ(by_sex->values[by_sex->of_trial[1]], "M/F");
  EXPECT_EQ(ByColumn(*list, *plan, *table, "age").error().code, ErrorCode::kInvalidArgument);

  // 65 values of 65 utterances.
  std::string trials, rows = "id\tplace\n";
  for (int i = 0; i < 65; ++i) {
    const std::string id = "u" + std::to_string(i);
    trials += id + " " + id + " target\n";
    rows += id + "\tp" + std::to_string(i) + "\n";
  }
  const auto many = ParseTrialList(trials, "l");
  const auto places = UtteranceTable::Parse(rows, "t", std::vector<std::string>{"place"});
  const auto by_place = ByColumn(*many, *PlanTrials(*many, nullptr, &*places), *places, "place");
  EXPECT_TRUE(Complaint(by_place).starts_with("l:65: the column place of t has too many values"));
}

TEST(Plans, NameWhatIsMissingOrContradictory) {
  const auto list = ParseTrialList("m a target\nn a nontarget\n", "l");
  const auto models = ParseModelList("m b c\n", "m");
  EXPECT_TRUE(Complaint(PlanTrials(*list, &*models, nullptr)).starts_with("l:2: the model n"));
  const auto table = UtteranceTable::Parse("id\tspeaker\nm\tS\na\tS\nn\t\n", "t");
  const auto plan = PlanTrials(*list, nullptr, &*table);
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(Complaint(FindSpeakers(*list, *plan, &*table)).starts_with("t:4: no speaker"));
  const auto wrong = UtteranceTable::Parse("id\tspeaker\nm\tS\na\tT\nn\tU\n", "t");
  EXPECT_TRUE(Complaint(FindSpeakers(*list, *PlanTrials(*list, nullptr, &*wrong), &*wrong))
                  .starts_with("l:1: a target trial of two"));
  const auto absent = UtteranceTable::Parse("id\tspeaker\nm\tS\nn\tU\n", "t");
  EXPECT_TRUE(Complaint(PlanTrials(*list, nullptr, &*absent)).starts_with("l:1: the utterance a"));
}

TEST(Plans, FindSpeakersFromTargetTrials) {
  const auto list = ParseTrialList("a b target\nb c target\nd a nontarget\n", "l");
  const auto plan = PlanTrials(*list, nullptr, nullptr);
  const auto speakers = FindSpeakers(*list, *plan, nullptr);
  ASSERT_TRUE(speakers.ok());
  EXPECT_EQ(speakers->count, 2U);
  EXPECT_FALSE(speakers->labelled);
  const auto torn = ParseTrialList("a b target\nb c target\na c nontarget\n", "l");
  EXPECT_TRUE(Complaint(FindSpeakers(*torn, *PlanTrials(*torn, nullptr, nullptr), nullptr))
                  .starts_with("l:3: "));
}

TEST(Scores, AreWrittenAsTheyAreReadAndAligned) {
  const auto list = ParseTrialList("a b target\na c nontarget\nd c nontarget\n", "l");
  const std::vector<double> scores{0.1 + 0.2, std::nan(""), -1.0 / 3};
  const std::string text = FormatScores(*list, scores);
  const auto read = ParseScores(text, "s", nullptr);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->scores, (std::vector<double>{scores[0], scores[2]}));
  const auto three = ParseScores("d c 2\na b 1\n", "s", &*list);
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(*Aligned(*read, *three), (std::vector<double>{1, 2}));
  EXPECT_TRUE(Complaint(ParseScores("a b 1\n", "s", nullptr)).starts_with("s:1: "));
  EXPECT_TRUE(Complaint(ParseScores("a b 1 nontarget\n", "s", &*list)).starts_with("s:1: "));
  EXPECT_TRUE(
      Complaint(ParseScores("a b 1 target\na b inf target\n", "s", nullptr)).starts_with("s:2: "));
  EXPECT_TRUE(Complaint(ParseScores("a x 1\n", "s", &*list)).starts_with("s:1: "));
  const auto fewer = ParseScores("a b 1 target\n", "s2", nullptr);
  EXPECT_TRUE(Complaint(Aligned(*read, *fewer)).starts_with("s:2: "));
  EXPECT_TRUE(Complaint(Aligned(*fewer, *read)).starts_with("s:2: "));
  // As many on both sides, and each has one of its own.
  const auto other = ParseScores("a b 1 target\na c 2 nontarget\n", "s3", nullptr);
  EXPECT_TRUE(Complaint(Aligned(*read, *other)).starts_with("s3:2: "));
  EXPECT_TRUE(Complaint(Aligned(*other, *read)).starts_with("s:2: "));
  ScoredList doubled = *fewer;  // as ParseScores gives none
  doubled.list.trials.push_back(doubled.list.trials[0]);
  doubled.scores.push_back(3);
  EXPECT_FALSE(Aligned(doubled, *read).ok());
  EXPECT_FALSE(Aligned(*read, doubled).ok());
}

}  // namespace
}  // namespace voizk
