package io.kioku.cli.vad;

/// A piece of speech.
///
/// @param start its first sample
/// @param end the sample after its last
/// @param probability the mean of speech in it, before it was padded
public record Segment(long start, long end, double probability) {}
