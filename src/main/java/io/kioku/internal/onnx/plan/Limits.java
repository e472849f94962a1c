package io.kioku.internal.onnx.plan;

/// What a context may use.
///
/// @param threads native threads of one call
/// @param memory bytes that its values may take together
/// @param loopSteps steps that all loops of one run may take together
public record Limits(int threads, long memory, long loopSteps) {}
