package io.kioku.internal.ffi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/// Handles of native functions for calls that a program makes when it starts, or often.
///
/// Linking takes time: some 6 ms for a signature that is new in the process, 0.4 ms for one that is
/// not. So a handle is made when its function is first called, by a class that holds nothing else,
/// and functions that a start needs share signatures: pointers and sizes are all `long`.
///
///     private static final class Layer {
///       static final MethodHandle HANDLE = Downcall.of("kioku_layer", 3);
///     }
///
///     Layer.HANDLE.invokeExact(layer.address(), run.address(), x.address());
///
/// A field `static final` is what lets the compiler see through the handle. What an address points
/// to must stay reachable and open during the call; that is the caller's care, as sizes are.
final class Downcall {
  private Downcall() {}

  /// A function that takes so many `int64_t` or pointers, and returns nothing.
  ///
  /// @throws java.util.NoSuchElementException if no loaded library has it
  static MethodHandle of(String function, int arguments) {
    return of(function, FunctionDescriptor.ofVoid(longs(arguments)));
  }

  /// The same, but it returns an `int64_t` or a pointer.
  ///
  /// @throws java.util.NoSuchElementException if no loaded library has it
  static MethodHandle ofLong(String function, int arguments) {
    return of(function, FunctionDescriptor.of(ValueLayout.JAVA_LONG, longs(arguments)));
  }

  /// A function that takes nothing and returns an `int32_t`.
  ///
  /// @throws java.util.NoSuchElementException if no loaded library has it
  static MethodHandle ofInt(String function) {
    return of(function, FunctionDescriptor.of(ValueLayout.JAVA_INT));
  }

  private static MemoryLayout[] longs(int count) {
    MemoryLayout[] layouts = new MemoryLayout[count];
    Arrays.fill(layouts, ValueLayout.JAVA_LONG);
    return layouts;
  }

  /// A function of any signature.
  ///
  /// @throws java.util.NoSuchElementException if no loaded library has it
  static MethodHandle of(String function, FunctionDescriptor signature) {
    return Linker.nativeLinker().downcallHandle(address(function), signature);
  }

  /// What to throw for what a handle has thrown, which is never the native function's: Java's own,
  /// such as a failure to link it.
  static RuntimeException thrown(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    throw new AssertionError("a native call throws nothing", e);
  }

  /// Where a function of the libraries that are loaded is.
  ///
  /// @throws java.util.NoSuchElementException if none of them has it
  static MemorySegment address(String function) {
    return SymbolLookup.loaderLookup().findOrThrow(function);
  }
}
