package io.kioku.cli;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Constants as users write them: in lower case, or in any other.
abstract class ConstantName<E extends Enum<E>> implements ITypeConverter<E>, Iterable<String> {
  private final E[] constants;

  ConstantName(E[] constants) {
    this.constants = constants;
  }

  @Override
  public E convert(String value) {
    return Arrays.stream(constants)
        .filter(constant -> constant.name().equalsIgnoreCase(value))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "expected %s, got '%s'".formatted(String.join(", ", this), value)));
  }

  @Override
  public Iterator<String> iterator() {
    return Arrays.stream(constants).map(c -> c.name().toLowerCase(Locale.ROOT)).iterator();
  }
}
