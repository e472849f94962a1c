package io.kioku.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// The version that Maven wrote into the jar.
final class Version implements IVersionProvider {
  private static final String PROPERTIES = "/META-INF/maven/io.kioku/kioku/pom.properties";

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"kioku " + version()};
  }

  static String version() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(PROPERTIES)) {
      if (in == null) {
        return "(classes that are in no jar)";
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    }
  }
}
