// voizk._voizk: what voizk/__init__.py gives its names to.
#include "convert.h"

PYBIND11_MODULE(_voizk, module) {
  voizk::python::AddLogin(&module);
  voizk::python::AddModel(&module);
}
