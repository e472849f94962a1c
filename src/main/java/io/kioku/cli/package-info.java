/// The command line: `kioku generate`, `kioku score`, `kioku info`.
package io.kioku.cli;
