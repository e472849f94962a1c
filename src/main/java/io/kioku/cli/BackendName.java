package io.kioku.cli;

import io.kioku.Backend;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A backend as users write it: `onednn`, or in any other case.
final class BackendName implements ITypeConverter<Backend>, Iterable<String> {
  @Override
  public Backend convert(String value) {
    return Arrays.stream(Backend.values())
        .filter(backend -> backend.name().equalsIgnoreCase(value))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "expected %s, got '%s'".formatted(String.join(", ", this), value)));
  }

  @Override
  public Iterator<String> iterator() {
    return Arrays.stream(Backend.values()).map(b -> b.name().toLowerCase(Locale.ROOT)).iterator();
  }
}
