/// Where someone speaks in a sound: Silero VAD on Kioku.
package io.kioku.cli.vad;
