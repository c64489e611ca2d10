"""Builds voizk._voizk by CMake. VOIZK_CMAKE_ARGS: more of its options; -DCMAKE_PREFIX_PATH=WHERE takes a voizk that is installed
there in place of building it from the checkout around this folder."""
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pybind11
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent


class CMakeBuild(build_ext):
    def build_extension(self, ext: Extension) -> None:
        target = Path(self.get_ext_fullpath(ext.name)).resolve()
        build = Path(self.build_temp).resolve()
        build.mkdir(parents=True, exist_ok=True)
        more = shlex.split(os.environ.get("VOIZK_CMAKE_ARGS", ""))
        subprocess.run(["cmake", "-G", "Ninja", "-S", str(HERE), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release", f"-DPython_EXECUTABLE={sys.executable}",
                        f"-Dpybind11_DIR={pybind11.get_cmake_dir()}", f"-DVOIZK_MODULE_FOLDER={target.parent}", *more], check=True)
        subprocess.run(["cmake", "--build", str(build), "--target", "_voizk"], check=True)


version = re.search(r"^project\(voizk VERSION ([0-9.]+)", (HERE.parent / "CMakeLists.txt").read_text(), re.M)
assert version is not None
setup(version=version.group(1), ext_modules=[Extension("voizk._voizk", sources=[])], cmdclass={"build_ext": CMakeBuild})
