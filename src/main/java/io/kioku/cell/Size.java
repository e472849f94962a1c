package io.kioku.cell;

/// How many elements a vector of a cell has.
public enum Size {
  /// I, the features of the input.
  INPUT("I"),
  /// H, the units of the layer.
  HIDDEN("H");

  private final String letter;

  Size(String letter) {
    this.letter = letter;
  }

  /// The number of elements in a layer with these sizes.
  public int of(int input, int hidden) {
    return this == INPUT ? input : hidden;
  }

  @Override
  public String toString() {
    return letter;
  }
}
