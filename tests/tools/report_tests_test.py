"""report_tests_test.py REPORT-TESTS SAMPLE: what tools/report-tests says and how it exits, on a folder whose entries are the
GoogleTest program SAMPLE (report_sample.cc) and small scripts."""
import os
import pathlib
import subprocess
import sys
import tempfile

report_tests, sample = sys.argv[1:]


def run(entries, **environment):
    """Exit code and output for a folder of the ctest entries name -> (command, properties)."""
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for name, (command, properties) in entries.items():
            quoted = " ".join(f'"{word}"' for word in command)
            lines.append(f"add_test({name} {quoted})")
            if properties:
                lines.append(f"set_tests_properties({name} PROPERTIES {properties})")
        (pathlib.Path(folder) / "CTestTestfile.cmake").write_text("\n".join(lines) + "\n", encoding="utf-8")
        clean = {k: v for k, v in os.environ.items() if k not in ("CI", "GTEST_OUTPUT")}
        done = subprocess.run([report_tests, folder], env=clean | environment, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout


def check(what, got, want_code, *want_texts):
    code, output = got
    missing = [text for text in want_texts if text not in output]
    if code != want_code or missing:
        sys.exit(f"{what}: exit {code}, expected {want_code}; missing {missing} in:\n{output}")
    print("ok:", what)


program = {"report_sample": ([sample], "")}
skipping = {"script": (["sh", "-c", "echo skipped: no sounds; exit 77"], "SKIP_RETURN_CODE 77")}
check("skips are told with their reasons", run(program | skipping), 0,
      "skipped 1: no pseudo terminals: is <dev> mounted?", "skipped 1: no sounds", "report_sample: Sample.NeedsRecordings",
      "\n4 passed, 0 failed, 3 skipped\n")
check("in CI the recordings must be there", run(program, CI="true"), 1, "4 passed, 0 failed, 2 skipped")
check("other skips are none in CI", run(skipping | {"true": (["true"], "")}, CI="true"), 0, "1 passed, 0 failed, 1 skipped")
check("a failure", run(program, SAMPLE_FAILS="1"), 1, "FAILED report_sample: Sample.MayFail", "3 passed, 1 failed, 2 skipped")
check("a program that dies", run(program, SAMPLE_DIES="1"), 1, "FAILED report_sample: report_sample", "1 failed")
check("a program that is not there", run({"gone": (["/nowhere/gone_test"], "")}), 1, "FAILED gone: gone")
check("a test that hangs", run({"hangs": (["sleep", "30"], "TIMEOUT 1")}), 1, "FAILED hangs: hangs")
check("nothing but skips is no success", run(skipping), 1, "0 passed, 0 failed, 1 skipped")
check("no tests", run({}), 1)
