package io.kioku.internal.onnx.plan;

import io.kioku.internal.onnx.graph.Constant;
import io.kioku.internal.onnx.graph.ValueInfo;
import io.kioku.internal.onnx.op.Body;
import io.kioku.internal.onnx.op.Known;
import io.kioku.internal.onnx.op.PlannedNode;
import java.util.List;
import java.util.Map;

/// A checked graph: the steps that compute it, with everything folded that can be known beforehand.
///
/// @param inputs as declared
/// @param outputs with what could be found out, else as declared
/// @param results what could be found out of the outputs
/// @param constants initializers and folded results that steps or outputs read
public record Plan(
    List<PlannedNode> nodes,
    List<ValueInfo> inputs,
    List<ValueInfo> outputs,
    List<Known> results,
    Map<String, Constant> constants)
    implements Body {}
