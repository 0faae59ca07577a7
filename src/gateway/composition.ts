import type { DirectionsConfig } from "../config/direction.ts";
import type { Credential } from "../upstream/credentials.ts";
import { withEntered } from "./entered-account.ts";
import type { Snapshot } from "./gateway.ts";

type Led = ReturnType<Snapshot["directions"]>;

/**
 * What a snapshot is put together from while the gateway runs: the configuration, where requests are led, and credentials that were entered.
 * Whatever of it changes, the rest stays, down to the connections.
 */
export class Composition {
  private readonly hold: (changed: Omit<Snapshot, "keys">) => void;
  private readonly compiled: Snapshot;
  private readonly genuine: () => Snapshot;
  private base: Snapshot;
  private told: DirectionsConfig;
  private led: Led;
  private entered: ReadonlyMap<string, readonly Credential[]> = new Map();
  private readonly toldOf = new WeakMap<Led, DirectionsConfig>();

  /**
   * @param compiled what the configuration makes
   * @param genuine the same without the simulator, where that stands in only as long as nobody else could answer
   * @param told where the configuration leads requests
   * @param hold requests that come after this are decided by it; those on their way keep what they began with
   */
  constructor(
    compiled: Snapshot,
    genuine: () => Snapshot,
    told: DirectionsConfig,
    hold: (changed: Omit<Snapshot, "keys">) => void,
  ) {
    this.compiled = compiled;
    let made: Snapshot | undefined;
    this.genuine = () => {
      made ??= genuine();
      return made;
    };
    this.base = compiled;
    this.told = told;
    this.led = compiled;
    this.hold = hold;
  }

  /** @throws ConfigError */
  readonly compile = (told: DirectionsConfig): Led => {
    const led = this.base.directions(told);
    this.toldOf.set(led, told);
    return led;
  };

  readonly lead = (led: Led): void => {
    this.told = this.toldOf.get(led) ?? this.told;
    this.led = led;
    this.compose();
  };

  readonly enter = (entered: ReadonlyMap<string, readonly Credential[]>): void => {
    this.entered = entered;
    const base = entered.size === 0 ? this.compiled : this.genuine();
    if (base !== this.base) {
      this.base = base;
      this.led = base.directions(this.told);
    }
    this.compose();
  };

  private compose(): void {
    const { keys: _, ...base } = this.base;
    // Where the simulator answers for everybody, whoever it stands for is not asked.
    const choice = base.simulated ? this.led.choice : withEntered(this.led.choice, this.entered);
    this.hold({ ...base, ...this.led, choice });
  }
}
