// Guards what the service gives of a folder: those files, as they were at the start, under their
// names and no other; each with the headers that bind the page; and every other request handed on.
#include "service/page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace voizk {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Next : public HttpHandler {
 public:
  std::optional<HttpResponse> Admit(const HttpRequest&, size_t*) override {
    return HttpResponse{.status = 418};
  }
  HttpResponse Handle(const HttpRequest&) override { return {.status = 418}; }
  HttpResponse Refusal(int status, const std::string&) override { return {.status = status}; }
};

class PageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = fs::path(::testing::TempDir()) / "voizk_page_test";
    fs::remove_all(folder);
    Write("index.html", "<p>hello</p>");
    Write("assets/main-1a2b.js", "run()");
    Write("assets/main-1a2b.js.gz", "packed");
  }
  void TearDown() override { fs::remove_all(folder); }
  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  Result<StaticFiles> Read() const { return StaticFiles::Read(folder.string()); }
  HttpResponse Get(const HttpRequest& request) {
    if (!page) page.emplace(std::move(*Read()), &next);
    size_t unused = 0;
    return page->Admit(request, &unused).value();
  }
  static std::string Header(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  fs::path folder;
  Next next;
  std::optional<Page> page;
};

TEST_F(PageTest, FilesComeUnderTheirNames) {
  const HttpResponse index = Get({.method = "GET", .path = "/"});
  EXPECT_EQ(index.status, 200);
  EXPECT_EQ(index.lasting_body, "<p>hello</p>");
  EXPECT_EQ(index.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(Header(index, "Cache-Control"), "no-cache");
  const HttpResponse script = Get({.method = "GET", .path = "/assets/main-1a2b.js"});
  EXPECT_EQ(script.lasting_body, "run()");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_THAT(Header(script, "Cache-Control"), HasSubstr("immutable"));
  EXPECT_EQ(Header(script, "Content-Encoding"), "");
}

TEST_F(PageTest, EveryFileBindsThePage) {
  for (const char* path : {"/", "/assets/main-1a2b.js"}) {
    const HttpResponse file = Get({.method = "GET", .path = path});
    const std::string policy = Header(file, "Content-Security-Policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self' 'wasm-unsafe-eval';"));
    EXPECT_EQ(policy.find("unsafe-inline"), std::string::npos);
    EXPECT_EQ(Header(file, "Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(Header(file, "Cross-Origin-Embedder-Policy"), "require-corp");
  }
}

TEST_F(PageTest, TheCompressedFormIsForThoseWhoTakeIt) {
  const HttpRequest request{
      .method = "GET", .path = "/assets/main-1a2b.js", .accept_encoding = "deflate, gzip, br"};
  const HttpResponse file = Get(request);
  EXPECT_EQ(file.lasting_body, "packed");
  EXPECT_EQ(Header(file, "Content-Encoding"), "gzip");
  EXPECT_EQ(Header(file, "Vary"), "Accept-Encoding");
  HttpRequest refused = request;
  refused.accept_encoding = "gzip;q=0";
  EXPECT_EQ(Get(refused).lasting_body, "run()");
}

TEST_F(PageTest, AKeptFileIsNotSentAgain) {
  const std::string tag = Header(Get({.method = "GET", .path = "/"}), "ETag");
  ASSERT_EQ(tag.size(), 66u);
  const HttpResponse again = Get({.method = "GET", .path = "/", .if_none_match = tag});
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.lasting_body.empty());
}

TEST_F(PageTest, NothingElseIsReadAfterTheStart) {
  Get({.method = "GET", .path = "/"});
  Write("late.txt", "late");
  Write("index.html", "changed");
  for (const char* path :
       {"/late.txt", "/../index.html", "//", "/assets", "/assets/", "/assets/../index.html",
        "/index.html", "/assets/main-1a2b.js.gz", "/v1/logins/00", "/etc/passwd", ""}) {
    EXPECT_EQ(Get({.method = "GET", .path = path}).status, 418) << path;
  }
  EXPECT_EQ(Get({.method = "POST", .path = "/"}).status, 418);
  EXPECT_EQ(Get({.method = "GET", .path = "/"}).lasting_body, "<p>hello</p>");
}

TEST_F(PageTest, FoldersThatAreNoPage) {
  EXPECT_EQ(StaticFiles::Read((folder / "none").string()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(StaticFiles::Read((folder / "assets").string()).error().code,
            ErrorCode::kInvalidArgument);  // no index.html
  Write("notes.docx", "");
  EXPECT_EQ(Read().error().code, ErrorCode::kInvalidArgument);
  fs::remove(folder / "notes.docx");
  fs::create_symlink("/etc/passwd", folder / "link.txt");
  EXPECT_EQ(Read().error().code, ErrorCode::kInvalidArgument);
  fs::remove(folder / "link.txt");
  Write("a name.txt", "");
  EXPECT_EQ(Read().error().code, ErrorCode::kInvalidArgument);
  fs::remove(folder / "a name.txt");
  for (size_t i = 0; i < kMaxPageFiles; ++i) Write(std::to_string(i) + ".txt", "x");
  EXPECT_EQ(Read().error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace voizk
