#!/usr/bin/env python3
"""The certificate refuses relations whose claimed ranges do not follow from their constraints:

    certificate_test.py RELATION ...

Each relation must be accepted as it stands, and refused when any one tensor claims to be constant.
"""
import sys

import relation
from certificate import certify
from transcript import Rejected


def refused(r):
    try:
        certify(r)
    except Rejected:
        return True
    return False


def main():
    for path in sys.argv[1:]:
        r = relation.parse(open(path, "rb").read())
        certify(r)
        changed = 0
        for i, t in enumerate(r.tensors):
            if i in r.multiplicities or t.lo == t.hi:
                continue
            lo, hi = t.lo, t.hi
            for t.lo, t.hi in ((lo, lo), (hi, hi)):
                if not refused(r):
                    sys.exit("%s: tensor %d may claim [%d, %d]" % (path, i, t.lo, t.hi))
                changed += 1
            t.lo, t.hi = lo, hi
        if changed == 0:
            sys.exit("%s: nothing was changed" % path)
        print("%s: %d narrowed claims refused" % (path, changed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
