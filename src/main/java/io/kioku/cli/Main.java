package io.kioku.cli;

import io.kioku.cell.EquationException;
import io.kioku.onnx.OnnxException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ScopeType;

/// The command `kioku`.
///
/// Results go to standard output, in UTF-8; messages and progress to standard error. It exits with
/// 0 if all went well or nobody reads the output any more, with 2 and one line on standard error if
/// the user can mend what went wrong (three if equations are wrong: two show where; one for each
/// node if a model needs what is not supported), and with 1 if it is a bug, or tests have failed.
@Command(
    name = "kioku",
    description = "Recurrent networks at native speed.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT)
public final class Main {
  /// In the order in which the help lists them.
  private static final Map<String, Class<?>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("generate", GenerateCommand.class);
    COMMANDS.put("score", ScoreCommand.class);
    COMMANDS.put("cells", CellsCommand.class);
    COMMANDS.put("explain", ExplainCommand.class);
    COMMANDS.put("run", RunCommand.class);
    COMMANDS.put("show", ShowCommand.class);
    COMMANDS.put("vad", VadCommand.class);
    COMMANDS.put("conformance", ConformanceCommand.class);
    COMMANDS.put("info", InfoCommand.class);
  }

  // Not System.out, which would hide that a write failed.
  private static final OutputStream STANDARD_OUTPUT = new FileOutputStream(FileDescriptor.out);

  private static final Path STANDARD_OUTPUT_LINK = Path.of("/proc/self/fd/1");
  private static final int BUG = 1;
  private static final int USER_ERROR = 2;

  /// The longest line of a message: a damaged file's names can be of any length.
  private static final int LONGEST = 1000;

  /// Of one message: a model can have any number of nodes.
  private static final int MOST_LINES = 100;

  private final OutputStream out;
  private final PrintStream err;

  private Main(OutputStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /// Runs a command and ends the JVM with its exit code.
  public static void main(String[] arguments) {
    System.exit(run(STANDARD_OUTPUT, System.err, arguments));
  }

  /// Runs a command.
  ///
  /// @return the exit code
  static int run(OutputStream out, PrintStream err, String... arguments) {
    Main main = new Main(out, err);
    try {
      return main.commandLine(arguments).execute(arguments);
    } catch (OutOfMemoryError e) {
      return main.fail("not enough memory: " + e.getMessage());
    } finally {
      err.flush();
    }
  }

  /// Where results go.
  OutputStream out() {
    return out;
  }

  /// Prints a result.
  void print(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /// Whether results go to a terminal that shows colours, and the user has not said NO_COLOR.
  boolean isColored() {
    String no = System.getenv("NO_COLOR");
    return out.equals(STANDARD_OUTPUT)
        && (no == null || no.isEmpty())
        && !"dumb".equals(System.getenv("TERM"))
        && Terminal.is(STANDARD_OUTPUT_LINK);
  }

  /// Where progress goes.
  PrintStream err() {
    return err;
  }

  private CommandLine commandLine(String... words) {
    CommandLine commands = new CommandLine(this);
    // To read a command's options takes a while: those of one are enough if it is named.
    Class<?> named = words.length == 0 ? null : COMMANDS.get(words[0]);
    if (named == null) {
      COMMANDS.forEach(commands::addSubcommand);
    } else {
      commands.addSubcommand(words[0], named);
    }
    commands.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    commands.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    commands.setExpandAtFiles(false); // a prompt may begin with @
    commands.setParameterExceptionHandler((e, arguments) ->
        fail(
            "%s (see %s --help)"
                .formatted(
                    e.getMessage().replaceFirst("^Error: ", ""),
                    e.getCommandLine().getCommandSpec().qualifiedName())));
    commands.setExecutionExceptionHandler((e, command, parsed) -> failed(e));
    return commands;
  }

  private int failed(Exception problem) {
    return switch (problem) {
      case UserError e when e.getCause() instanceof OnnxException o && o.refusals().size() > 1 ->
          failInLines(e.getMessage());
      case UserError e -> fail(e.getMessage());
      case EquationException e -> failInLines(e.getMessage());
      // A file that cannot be read is a UserError, so this is about writing.
      case IOException e when isBrokenPipe(e) -> 0;
      case IOException e -> fail("cannot write to standard output: " + e.getMessage());
      default -> {
        err.println("kioku: this is a bug in kioku, please report it:");
        problem.printStackTrace(err);
        yield BUG;
      }
    };
  }

  /// The system's message, in the user's language, is all that Java says about it. Where the system
  /// can be asked what standard output is, it is: writing to a pipe fails for no other reason.
  private boolean isBrokenPipe(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("pipe")
        || (out.equals(STANDARD_OUTPUT) && isPipe(STANDARD_OUTPUT_LINK));
  }

  private static boolean isPipe(Path link) {
    try {
      return Files.readSymbolicLink(link).toString().startsWith("pipe:");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // not a system that tells
    }
  }

  private int fail(String message) {
    return failInLines(message.strip().replaceAll("\\s*\\R\\s*", " ").replace('\t', '?'));
  }

  private int failInLines(String message) {
    List<String> lines = message.lines().map(Main::harmless).toList();
    err.println(
        "kioku: "
            + lines.stream().limit(MOST_LINES).collect(Collectors.joining(System.lineSeparator())));
    if (lines.size() > MOST_LINES) {
      err.println("  … and %d lines more".formatted(lines.size() - MOST_LINES));
    }
    return USER_ERROR;
  }

  /// Without characters that make a terminal do something, but for tabs, and not too long.
  private static String harmless(String line) {
    String shown = line.replaceAll("[\\p{Cc}\\p{Cf}&&[^\t]]", "?");
    return shown.length() > LONGEST ? shown.substring(0, LONGEST) + "…" : shown;
  }
}
