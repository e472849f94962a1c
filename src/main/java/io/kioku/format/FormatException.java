package io.kioku.format;

import java.io.IOException;

/// A file was read, and its content is not what its format allows.
///
/// The message has the form `source: problem`, where the source is the path or the name given to
/// the reader. It says what was expected and what came. A file that is missing or cannot be read
/// gives the usual [IOException]s instead, such as [java.nio.file.NoSuchFileException].
///
/// ```java
/// try {
///   weights = Safetensors.read(path).tensors();
/// } catch (FormatException e) {
///   System.err.println("damaged model: " + e.getMessage());
/// }
/// ```
public final class FormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /// Reports a problem in a source.
  ///
  /// @param source the path or name of what was read
  /// @param problem what is wrong, and where
  public FormatException(String source, String problem) {
    super(source + ": " + problem);
  }

  /// Reports a problem in a source, with its cause.
  ///
  /// @param source the path or name of what was read
  /// @param problem what is wrong, and where
  /// @param cause the exception that revealed it
  public FormatException(String source, String problem, Throwable cause) {
    super(source + ": " + problem, cause);
  }
}
