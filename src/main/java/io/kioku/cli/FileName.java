package io.kioku.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A file as users name it.
final class FileName implements ITypeConverter<Path> {
  @Override
  public Path convert(String value) {
    if (value.isEmpty()) { // to Java, the working directory
      throw new TypeConversionException("expected the name of a file, got ''");
    }
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          "'%s' has characters that no file name has, or that this locale cannot spell"
              .formatted(value));
    }
  }
}
