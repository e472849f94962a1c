/// The command line: `kioku generate`, `kioku score`, `kioku cells`, `kioku info`.
package io.kioku.cli;
