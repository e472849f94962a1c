"""Quantisation as ONNX Runtime's tools write it into a file, without them."""
import numpy as np
from onnx import helper, numpy_helper


def scaled(values, axis=None):
    """Symmetric int8 values, scale and zero point; a scale for each place on the axis, if one is given."""
    others = None if axis is None else tuple(a for a in range(values.ndim) if a != axis)
    scale = np.maximum(np.abs(values).max(axis=others), 1e-8).astype(np.float32) / np.float32(127)
    shape = [-1 if a == axis else 1 for a in range(values.ndim)] if axis is not None else []
    rounded = np.clip(np.rint(values / scale.reshape(shape)), -127, 127).astype(np.int8)
    return rounded, scale, np.zeros(scale.shape, np.int8)


class Rewriter:
    """Makes a graph anew, node by node."""

    def __init__(self, model):
        self.model = model
        self.constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        for node in model.graph.node:
            if node.op_type == "Constant" and node.attribute[0].name == "value":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
        self.nodes = []

    def constant(self, name, value):
        self.model.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op, inputs, outputs, domain="", **attributes):
        self.nodes.append(helper.make_node(op, inputs, outputs, name=outputs[0] + "_" + op, domain=domain, **attributes))

    def finish(self, domains=()):
        graph = self.model.graph
        del graph.node[:]
        graph.node.extend(self.nodes)
        read = {name for node in self.nodes for name in node.input}
        kept = [t for t in graph.initializer if t.name in read]
        del graph.initializer[:]
        graph.initializer.extend(kept)
        self.model.opset_import.extend(helper.make_opsetid(d, 1) for d in domains)
        return self.model


def dynamic(model):
    """quantize_dynamic: products and LSTMs with constant weights take bytes, whose range is found at each run."""
    r = Rewriter(model)
    domains = set()
    seen = set()
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in r.constants:
            matmul(r, node, seen)
        elif node.op_type == "LSTM" and node.input[1] in r.constants:
            domains.add("com.microsoft")
            lstm(r, node)
        else:
            r.nodes.append(node)
    return r.finish(domains)


def matmul(r, node, seen):
    x, w = node.input
    y = node.output[0]
    values, scale, zero = scaled(r.constants[w])
    if x not in seen:
        seen.add(x)
        r.node("DynamicQuantizeLinear", [x], [x + "_quantized", x + "_scale", x + "_zero"])
    r.node(
        "MatMulInteger",
        [x + "_quantized", r.constant(y + "_w", values), x + "_zero", r.constant(y + "_w_zero", zero)],
        [y + "_sums"])
    r.node("Cast", [y + "_sums"], [y + "_cast"], to=1)
    r.node("Mul", [x + "_scale", r.constant(y + "_w_scale", scale)], [y + "_scales"])
    r.node("Mul", [y + "_cast", y + "_scales"], [y])


def lstm(r, node):
    y = node.output[0]
    inputs = list(node.input) + [""] * (8 - len(node.input))
    scales = []
    for k, name in ((1, "_W"), (2, "_R")):
        values, scale, zero = scaled(r.constants[inputs[k]])
        directions = values.shape[0]
        inputs[k] = r.constant(y + name, np.ascontiguousarray(values.transpose(0, 2, 1)))
        scales += [r.constant(y + name + "_scale", np.full(directions, scale, np.float32)),
                   r.constant(y + name + "_zero", np.zeros(directions, np.int8))]
    r.node(
        "DynamicQuantizeLSTM", inputs + scales, list(node.output), "com.microsoft",
        **{a.name: helper.get_attribute_value(a) for a in node.attribute})


def static(model, scale=np.float32(0.05)):
    """quantize_static: convolutions between pairs of QuantizeLinear and DequantizeLinear, with one range for all
    activations, as if they had been measured; weights by channel."""
    r = Rewriter(model)
    r.constant("activation_scale", scale)
    r.constant("activation_zero", np.uint8(128))
    done = {}

    def through_bytes(name):
        if name not in done:
            done[name] = name + "_dequantized"
            parameters = ["activation_scale", "activation_zero"]
            r.node("QuantizeLinear", [name] + parameters, [name + "_quantized"])
            r.node("DequantizeLinear", [name + "_quantized"] + parameters, [done[name]])
        return done[name]

    for node in model.graph.node:
        if node.op_type == "Conv":
            y = node.output[0]
            values, scales, zero = scaled(r.constants[node.input[1]], 0)
            weights = [r.constant(y + "_w", values), r.constant(y + "_w_scale", scales), r.constant(y + "_w_zero", zero)]
            inputs = [through_bytes(node.input[0]), y + "_weights"]
            r.node("DequantizeLinear", weights, [y + "_weights"], axis=0)
            if len(node.input) > 2:
                bias_scale = scale * scales
                bias = np.rint(r.constants[node.input[2]] / bias_scale).astype(np.int32)
                r.node(
                    "DequantizeLinear",
                    [r.constant(y + "_b", bias), r.constant(y + "_b_scale", bias_scale),
                     r.constant(y + "_b_zero", np.zeros(bias.shape, np.int32))],
                    [y + "_bias"], axis=0)
                inputs.append(y + "_bias")
            r.node("Conv", inputs, [y], **{a.name: helper.get_attribute_value(a) for a in node.attribute})
        else:
            r.nodes.append(node)
    return r.finish()
