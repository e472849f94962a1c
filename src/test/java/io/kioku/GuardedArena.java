package io.kioku;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/// Memory whose end is a page that nobody may touch: a kernel that reads or writes one float too
/// far dies at once.
final class GuardedArena implements AutoCloseable {
  private static final long PAGE = 4096;
  private static final int READ_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS =
      System.getProperty("os.name").startsWith("Mac") ? 0x1002 : 0x22;

  private static final MethodHandle MMAP =
      handle(
          "mmap",
          FunctionDescriptor.of(
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG));
  private static final MethodHandle MPROTECT =
      handle(
          "mprotect",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle MUNMAP =
      handle(
          "munmap",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> mappings = new ArrayList<>();

  private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  /// Floats that end at a forbidden page.
  MemorySegment floats(long count) {
    long bytes = count * Float.BYTES;
    long room = (bytes + PAGE - 1) / PAGE * PAGE;
    try {
      MemorySegment base =
          (MemorySegment)
              MMAP.invokeExact(
                  MemorySegment.NULL, room + PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
      if (base.address() == -1) {
        throw new IllegalStateException("mmap failed");
      }
      mappings.add(base.reinterpret(room + PAGE));
      MemorySegment guard = MemorySegment.ofAddress(base.address() + room);
      if ((int) MPROTECT.invokeExact(guard, PAGE, 0) != 0) {
        throw new IllegalStateException("mprotect failed");
      }
      return MemorySegment.ofAddress(base.address() + room - bytes)
          .reinterpret(bytes, arena, s -> {});
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    arena.close();
    for (MemorySegment mapping : mappings) {
      try {
        int ignored = (int) MUNMAP.invokeExact(mapping, mapping.byteSize());
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
