package io.kioku.onnx;

import java.util.List;

/// One step of a loaded model, for those who want to see what is computed and by what.
///
/// @param name the node's name in the file, or its first output's
/// @param operator such as `LSTM`, with the domain if it is not ONNX's own
/// @param backend `onednn`, `blas`, `kioku`, `java`, or `view` for one that computes nothing
/// @param outputs with what could be found out about types and shapes
/// @param depth 0 for the model's own steps, 1 for those of its branches and loops, and so on
public record OnnxNode(
    String name, String operator, String backend, List<OnnxValue> outputs, int depth) {}
