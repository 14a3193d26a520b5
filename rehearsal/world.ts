/** What every service of a rehearsal shares: the clock, the accounts, the figures, and each other by address. */
import type { Edge, Graph, Node } from "../topology/graph.ts";
import type { Accounting } from "./accounting/accounting.ts";
import type { DeviationName } from "./deviations.ts";
import type { UnreservedConcurrency } from "./functions/concurrency.ts";
import type { Faults } from "./functions/faults.ts";
import type { Runner } from "./functions/runner.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Random } from "./kernel/random.ts";
import type { Log } from "./result/log.ts";
import type { Service } from "./services/service.ts";
import type { Settings } from "./settings.ts";

export interface World {
  readonly graph: Graph;
  readonly kernel: Kernel;
  readonly accounting: Accounting;
  readonly settings: Settings;
  readonly faults: Faults;
  readonly runner: Runner;
  readonly unreserved: UnreservedConcurrency;
  readonly log: Log;
  /** By address. */
  readonly services: ReadonlyMap<string, Service>;
  /** Whether a queue has several mappings, so that who consumes a message is known only once it is received. */
  readonly several: boolean;
  /** Whether a queue, topic, bus or bucket takes failures. */
  readonly isNet: (address: string) => boolean;
  /** Whether the scenario has a message-move task that takes from a queue. */
  readonly isMovedFrom: (address: string) => boolean;
  /** Whether the run departs on purpose from a rule: for tests that must notice. */
  readonly deviates: (name: DeviationName) => boolean;
  /** Random numbers for one purpose. */
  readonly random: (name: string) => Random;
  /** Edges by where they lead from. */
  readonly edgesFrom: (address: string) => readonly Edge[];
  readonly nodeAt: (address: string) => Node | undefined;
}
