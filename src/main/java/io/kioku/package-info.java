/// Recurrent networks at native speed: [io.kioku.Network] and [io.kioku.Weights] are compiled by an
/// [io.kioku.Engine] into a [io.kioku.Model], whose [io.kioku.Session]s run it and keep its
/// [io.kioku.State].
package io.kioku;
