package io.kioku.internal.onnx.stream;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.ValueInfo;

/// A state that a graph has been given: an input and the output that carries it on.
///
/// @param input with its shape in a batch
/// @param output its name
/// @param axis of the batch; -1 if all dimensions are fixed
/// @param outer how many rows of that axis are outside the batch
/// @param rows how many rows of that axis each stream has side by side
/// @param initial what it begins with, by broadcasting; null: zero
public record StreamState(
    ValueInfo input, String output, int axis, long outer, long rows, Constant initial) {}
