package io.kioku.nn;

/// How well a language model predicts a text.
///
/// @param bitsPerByte the mean of `-log2 p(byte | all before)`: 8 for a model that knows nothing,
///   less for a better one
/// @param predicted the bytes that the mean is over: all of the text but the first
public record Score(double bitsPerByte, long predicted) {}
