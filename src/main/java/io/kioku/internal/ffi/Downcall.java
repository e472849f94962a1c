package io.kioku.internal.ffi;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

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
    MemoryLayout[] layouts = new MemoryLayout[arguments];
    java.util.Arrays.fill(layouts, ValueLayout.JAVA_LONG);
    return of(function, FunctionDescriptor.ofVoid(layouts));
  }

  /// A function of any signature.
  ///
  /// @throws java.util.NoSuchElementException if no loaded library has it
  static MethodHandle of(String function, FunctionDescriptor signature) {
    return Linker.nativeLinker().downcallHandle(address(function), signature);
  }

  /// Where a function of the libraries that are loaded is.
  ///
  /// @throws java.util.NoSuchElementException if none of them has it
  static MemorySegment address(String function) {
    return SymbolLookup.loaderLookup().findOrThrow(function);
  }
}
