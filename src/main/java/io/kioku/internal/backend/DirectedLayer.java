package io.kioku.internal.backend;

/// A layer in one direction, at its place in a network.
///
/// @param spec what it computes
/// @param layer from 0, the lowest
/// @param isBackward whether it runs from the last step to the first
public record DirectedLayer(LayerSpec spec, int layer, boolean isBackward) {}
