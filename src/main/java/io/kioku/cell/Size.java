package io.kioku.cell;

/// How many elements a vector of a cell has.
public enum Size {
  /// I, the features of the input.
  INPUT("I"),
  /// H, the units of the layer.
  HIDDEN("H"),
  /// P, the elements of an output that is not of the other states' size: a projection's. Equal to H
  /// unless a network says otherwise.
  PROJECTED("P"),
  /// One number for each stream.
  ONE("1");

  private final String letter;

  Size(String letter) {
    this.letter = letter;
  }

  /// The number of elements in a layer with these sizes.
  public int of(int input, int hidden, int projected) {
    return switch (this) {
      case INPUT -> input;
      case HIDDEN -> hidden;
      case PROJECTED -> projected;
      case ONE -> 1;
    };
  }

  @Override
  public String toString() {
    return letter;
  }
}
