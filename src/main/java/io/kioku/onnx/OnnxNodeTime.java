package io.kioku.onnx;

/// How long a step of a model took while its session was profiled: see [OnnxSession#profile].
///
/// @param node the step
/// @param runs how often it ran; a branch's or a loop's more or less often than the model
/// @param nanos how long all of them took together, in nanoseconds, without the steps of its own
///   branches and loops
public record OnnxNodeTime(OnnxNode node, long runs, long nanos) {}
