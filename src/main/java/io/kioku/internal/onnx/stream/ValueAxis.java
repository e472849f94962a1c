package io.kioku.internal.onnx.stream;

/// An axis of an input or output: time, or the batch.
///
/// @param index of the input or output
/// @param multiple of which each chunk's length must be one, where it is an input's time; else 1
public record ValueAxis(int index, int axis, long multiple) {}
