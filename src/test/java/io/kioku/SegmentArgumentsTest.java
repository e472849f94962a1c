package io.kioku;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kioku.format.ElementType;
import io.kioku.format.NdArray;
import io.kioku.nn.Embedding;
import io.kioku.onnx.OnnxModel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every public method that takes a segment refuses one that would end the JVM. A method that is
/// not in the table fails the test.
@SuppressWarnings("MustBeClosedChecker") // what is refused needs no closing
class SegmentArgumentsTest extends OpenSession {
  private static final List<String> PACKAGES =
      List.of("io/kioku", "io/kioku/cell", "io/kioku/format", "io/kioku/nn", "io/kioku/onnx");

  /// What a method does with the segment.
  private enum Use {
    /// Java reads it.
    READ,
    /// Java writes it.
    WRITE,
    /// Native code reads it as floats.
    NATIVE_READ,
    /// Native code writes it as floats.
    NATIVE_WRITE
  }

  /// One segment of one method.
  ///
  /// @param method as [#signature] gives it
  /// @param name the parameter, as messages call it
  /// @param bytes the size that fits
  private record Argument(
      String method, String name, Use use, long bytes, Consumer<MemorySegment> call) {}

  private List<Argument> arguments() {
    MemorySegment x = floats(N * I);
    MemorySegment y = floats(N * H);
    Embedding embedding = Embedding.load(Weights.none().with("weight", new float[2 * H], 2, H));
    return List.of(
        new Argument(
            "Session.run(MemorySegment, MemorySegment)",
            "x",
            Use.NATIVE_READ,
            x.byteSize(),
            s -> session.run(s, y)),
        new Argument(
            "Session.run(MemorySegment, MemorySegment)",
            "y",
            Use.NATIVE_WRITE,
            y.byteSize(),
            s -> session.run(x, s)),
        new Argument(
            "Session.run(MemorySegment, MemorySegment, int[])",
            "x",
            Use.NATIVE_READ,
            x.byteSize(),
            s -> session.run(s, y, new int[] {1, 0})),
        new Argument(
            "Session.run(MemorySegment, MemorySegment, int[])",
            "y",
            Use.NATIVE_WRITE,
            y.byteSize(),
            s -> session.run(x, s, new int[] {1, 0})),
        new Argument(
            "Session.runMasked(MemorySegment, MemorySegment, MemorySegment)",
            "x",
            Use.NATIVE_READ,
            x.byteSize(),
            s -> session.runMasked(s, y, floats(N).asSlice(0, N))),
        new Argument(
            "Session.runMasked(MemorySegment, MemorySegment, MemorySegment)",
            "y",
            Use.NATIVE_WRITE,
            y.byteSize(),
            s -> session.runMasked(x, s, floats(N).asSlice(0, N))),
        new Argument(
            "Session.runMasked(MemorySegment, MemorySegment, MemorySegment)",
            "mask",
            Use.READ,
            N,
            s -> session.runMasked(x, y, s)),
        new Argument(
            "Session.step(MemorySegment, MemorySegment)",
            "x",
            Use.NATIVE_READ,
            x.byteSize(),
            s -> session.step(s, y)),
        new Argument(
            "Session.step(MemorySegment, MemorySegment)",
            "y",
            Use.NATIVE_WRITE,
            y.byteSize(),
            s -> session.step(x, s)),
        new Argument(
            "State.get(String, MemorySegment)",
            "values",
            Use.WRITE,
            y.byteSize(),
            s -> session.state().get("h", s)),
        new Argument(
            "State.set(String, MemorySegment)",
            "values",
            Use.READ,
            y.byteSize(),
            s -> session.state().set("h", s)),
        new Argument(
            "NdArray.copyOf(ElementType, MemorySegment, long[])",
            "data",
            Use.READ,
            64,
            s -> NdArray.copyOf(ElementType.UINT8, s, 64)),
        new Argument(
            "Embedding.lookup(int, MemorySegment, long)",
            "to",
            Use.WRITE,
            4 * H,
            s -> embedding.lookup(1, s, 0)),
        new Argument(
            "Builder.load(MemorySegment)",
            "bytes",
            Use.READ,
            64,
            s -> OnnxModel.builder().load(s)));
  }

  @Test
  void everyMethodThatTakesASegmentIsHere() throws Exception {
    Set<String> found = new TreeSet<>();
    for (Class<?> type : publicClasses()) {
      Stream<Executable> callables =
          Stream.concat(
              Arrays.stream(type.getDeclaredMethods()),
              Arrays.stream(type.getDeclaredConstructors()));
      callables
          .filter(c -> Modifier.isPublic(c.getModifiers()) && !c.isSynthetic())
          .filter(c -> List.of(c.getParameterTypes()).contains(MemorySegment.class))
          .forEach(c -> found.add(signature(c)));
    }
    Set<String> covered =
        arguments().stream().map(Argument::method).collect(Collectors.toCollection(TreeSet::new));
    assertEquals(covered, found);
    for (Argument argument : arguments()) {
      long listed = arguments().stream().filter(a -> a.method.equals(argument.method)).count();
      int parts = argument.method.split("MemorySegment", -1).length;
      assertEquals(parts, listed + 1, argument.method);
    }
  }

  private static String signature(Executable callable) {
    return "%s.%s(%s)"
        .formatted(
            callable.getDeclaringClass().getSimpleName(),
            callable.getName(),
            Arrays.stream(callable.getParameters())
                .map(Parameter::getType)
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ")));
  }

  private static List<Class<?>> publicClasses() throws Exception {
    URI classes = Session.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    List<Class<?>> types = new ArrayList<>();
    for (String folder : PACKAGES) {
      try (Stream<Path> files = Files.list(Path.of(classes).resolve(folder))) {
        for (String file : files.map(f -> f.getFileName().toString()).toList()) {
          if (file.endsWith(".class") && !file.startsWith("package-info")) {
            String name = folder.replace('/', '.') + "." + file.replace(".class", "");
            Class<?> type = Class.forName(name, false, Session.class.getClassLoader());
            if (Modifier.isPublic(type.getModifiers())) {
              types.add(type);
            }
          }
        }
      }
    }
    assertTrue(types.contains(OnnxModel.Builder.class), "inner classes are looked at too");
    return types;
  }

  @Test
  void segmentsThatNobodyMayTouch() throws Exception {
    List<MemorySegment> foreign = new ArrayList<>();
    Thread owner = new Thread(() -> allocate(Arena.ofConfined(), foreign));
    owner.start();
    owner.join();
    List<MemorySegment> gone = new ArrayList<>();
    try (Arena closed = Arena.ofShared()) {
      allocate(closed, gone);
    }
    for (int i = 0; i < arguments().size(); i++) {
      Argument a = arguments().get(i);
      assertThrows(NullPointerException.class, () -> a.call.accept(null), a::toString);
      MemorySegment nowhere = MemorySegment.NULL.reinterpret(a.bytes);
      refuses(a, nowhere, IllegalArgumentException.class, " begins at address 0");
      refuses(a, foreign.get(i), IllegalArgumentException.class, " belongs to another thread's");
      refuses(a, gone.get(i), IllegalStateException.class, " is closed");
    }
  }

  /// A segment for each argument.
  private void allocate(Arena from, List<MemorySegment> segments) {
    arguments().forEach(a -> segments.add(from.allocate(a.bytes, Float.BYTES)));
  }

  @Test
  void segmentsThatMayNotBeWritten() {
    for (Argument a : arguments()) {
      if (a.use == Use.WRITE || a.use == Use.NATIVE_WRITE) {
        MemorySegment fixed = arena.allocate(a.bytes, 4).asReadOnly();
        refuses(a, fixed, IllegalArgumentException.class, " is read-only");
      }
    }
  }

  @Test
  void segmentsThatNativeCodeCannotUse(@TempDir Path folder) throws IOException {
    for (Argument a : arguments()) {
      if (a.use == Use.READ || a.use == Use.WRITE) {
        continue;
      }
      MemorySegment heap = MemorySegment.ofArray(new byte[(int) a.bytes]);
      refuses(a, heap, IllegalArgumentException.class, " is a heap segment");
      MemorySegment crooked = arena.allocate(a.bytes + 4, 4).asSlice(1, a.bytes);
      refuses(a, crooked, IllegalArgumentException.class, " begins at address ");
      Path file = Files.write(folder.resolve("mapped"), new byte[(int) a.bytes]);
      try (FileChannel channel = FileChannel.open(file)) {
        MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, a.bytes, arena);
        refuses(a, mapped, IllegalArgumentException.class, " is mapped from a file");
      }
    }
  }

  private static void refuses(
      Argument argument, MemorySegment segment, Class<? extends Exception> type, String message) {
    fails(type, argument.name + message, () -> argument.call.accept(segment));
  }
}
