/// Recurrent cells, written as their equations. [io.kioku.cell.Cell] is a parsed cell,
/// [io.kioku.cell.Cells] holds the famous ones. Plain data: nothing here computes or knows of
/// native code.
package io.kioku.cell;
