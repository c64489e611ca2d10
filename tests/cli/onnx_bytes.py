"""The bytes of ONNX files, message by message, for make_onnx.py and make_speech_net.py: numpy is all that they need."""
import numpy as np


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def number(field, n):
    return varint(field << 3) + varint(n)


def record(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


# Field numbers of onnx.proto: NodeProto, TensorProto, ValueInfoProto, GraphProto, ModelProto.
def node(op, inputs, output, **attributes):
    """Attributes: integers and lists of integers."""
    def attribute(name, value):
        if isinstance(value, list):
            return record(5, record(1, name) + b"".join(number(8, v) for v in value) + number(20, 7))
        return record(5, record(1, name) + number(3, value) + number(20, 2))
    return record(1, b"".join(record(1, i) for i in inputs) + record(2, output) + record(3, op + "_" + output) + record(4, op)
                  + b"".join(attribute(*item) for item in attributes.items()))


def initializer(name, array):
    return record(5, b"".join(number(1, d) for d in array.shape) + number(2, 1) + record(8, name) + record(9, array.astype("<f4").tobytes()))


def value(field, name, dims):
    shape = b"".join(record(1, record(2, d) if isinstance(d, str) else number(1, d)) for d in dims)
    return record(field, record(1, name) + record(2, record(1, number(1, 1) + record(2, shape))))
