/**
 * What the accountants know of a world: where things can go, as the form says it. It is written down while the world is
 * built, and is not read from the graph that the engine plays.
 */
import type { Does } from "./plan.ts";

/** An item of the scenario. */
export interface Item {
  readonly id: string;
  readonly to: string;
  readonly at: number;
  readonly does: Does;
  readonly kind: string;
  /** Of FIFO queues the group, of streams the key. */
  readonly key: string;
  readonly padding: number;
  /** Its rank among all items, in the order in which they are sent. */
  readonly rank: number;
}

/** In which form an item is on its way: as it was sent, as an event on a bus, or in something else's clothes. */
type Clothes = "sent" | "event" | "other";

/** An edge of an event's path. */
export interface Way {
  readonly to: string;
  /** Whether its permission is there, and the end takes what comes. */
  readonly open: boolean;
  /** Kinds that it wants; empty: all. Undefined: nothing at all. */
  readonly wanted: readonly string[] | undefined;
  /** Whether what it does not want is accounted for as filtered. */
  readonly tells: boolean;
}

export interface Place {
  readonly kind: "function" | "queue" | "stream" | "topic" | "bus" | "bucket" | "schedule";
  readonly address: string;
  readonly ways: Way[];
  /** Functions that read it. */
  readonly readers: string[];
  readonly prefixes: boolean;
}

/** Who has to have an account of an item. */
export interface Expected {
  /** Functions that certainly have one. */
  readonly certain: ReadonlySet<string>;
  /** Of these, at least one has. */
  readonly oneOf: readonly (readonly string[])[];
  /** Functions that may have one, the certain ones among them. */
  readonly possible: ReadonlySet<string>;
  /** Ends without a consumer that it certainly reaches. */
  readonly ends: ReadonlySet<string>;
  /** Whether it may reach such an end, or be lost on the way to one. */
  readonly mayEnd: boolean;
}

export class Atlas {
  readonly places = new Map<string, Place>();
  readonly items = new Map<string, Item>();
  /** On-success destinations of functions. */
  readonly results = new Map<string, Way>();
  /** On-failure destinations that lead back among the functions of events. */
  readonly failures = new Map<string, string>();
  /** Functions of events; others are there for failures only. */
  readonly workers = new Set<string>();
  /** `source function`: whether the mapping asks for partial responses. */
  readonly asks = new Map<string, boolean>();
  /** FIFO queues, and streams with the mappings' numbers of lanes by function. */
  readonly ordered = new Map<string, { readonly fifo: boolean; readonly lanes: ReadonlyMap<string, number> }>();
  /** Queues that only take failures, with how many ways lead in that list each message. */
  readonly netQueues = new Map<
    string,
    { readonly consumed: boolean; readonly keepsMs: number; readonly direct: boolean; readonly fifo: boolean }
  >();
  /** Event archives, with how long each keeps. */
  readonly archives = new Map<string, number>();
  /** Dead-letter queues that message-move tasks empty, and the queues that these fill. */
  readonly movedFrom = new Set<string>();
  readonly movedTo = new Set<string>();
  /** Of these, the queues that get messages wherever they came from. */
  readonly movedElsewhere = new Set<string>();
  readonly faults: {
    readonly kind: string;
    readonly address: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[] = [];

  add(kind: Place["kind"], address: string): Place {
    const place: Place = { kind, address, ways: [], readers: [], prefixes: false };
    this.places.set(address, place);
    return place;
  }

  at(address: string): Place {
    const place = this.places.get(address);
    if (place === undefined) throw new Error(`no place ${address}`);
    return place;
  }

  /** Whether the fault holds: then a function fails without being called. */
  failing(address: string, at: number): boolean {
    return this.faults.some(
      (fault) => fault.kind === "fail" && fault.address === address && at >= fault.fromMs && at < fault.toMs,
    );
  }

  /** Functions behind a place. Empty: it leads to none. */
  behind(address: string, seen = new Set<string>()): Set<string> {
    const found = new Set<string>();
    if (seen.has(address)) return found;
    seen.add(address);
    const place = this.at(address);
    if (place.kind === "function") return found.add(address);
    for (const reader of place.readers) found.add(reader);
    for (const { to } of place.ways) for (const one of this.behind(to, seen)) found.add(one);
    return found;
  }

  /**
   * Who has to account for an item.
   * @param sure no fault or size can stop it on its way.
   * @param moved queues to which message-move tasks brought it.
   */
  expected(item: Item, sure: boolean, moved: Iterable<string> = []): Expected {
    const search: Search = {
      certain: new Set(),
      oneOf: [],
      possible: new Set(),
      ends: new Set(),
      mayEnd: false,
      seen: new Set(),
    };
    this.#follow(item, item.to, "sent", sure, search);
    for (const queue of moved) for (const fn of this.behind(queue)) search.possible.add(fn);
    for (const fn of search.certain) search.possible.add(fn);
    // A success opens accounts behind the on-success destination: also that of a function that gets records of failures.
    const touched = new Set(search.possible);
    for (const fn of touched) {
      const result = this.results.get(fn);
      for (const one of result === undefined ? [] : this.behind(result.to)) {
        search.possible.add(one);
        touched.add(one);
      }
      const failure = this.failures.get(fn);
      for (const one of failure === undefined ? [] : this.behind(failure)) touched.add(one);
    }
    return search;
  }

  #follow(item: Item, address: string, clothes: Clothes, sure: boolean, search: Search): void {
    const place = this.at(address);
    const here = `${address} ${clothes}`;
    if (search.seen.has(here)) return;
    search.seen.add(here);
    switch (place.kind) {
      case "function":
        (sure ? search.certain : search.possible).add(address);
        return;
      case "queue":
      case "stream": {
        for (const reader of place.readers) search.possible.add(reader);
        const [only] = place.readers;
        if (only === undefined) {
          search.mayEnd = true;
          if (sure) search.ends.add(address);
        } else if (sure && (place.kind === "stream" || place.readers.length === 1)) {
          for (const reader of place.readers) search.certain.add(reader);
        } else if (sure) search.oneOf.push(place.readers);
        return;
      }
      case "topic":
      case "bus":
      case "bucket":
      case "schedule":
        for (const way of place.ways) this.#along(item, place, way, clothes, sure, search);
    }
  }

  #along(item: Item, place: Place, way: Way, clothes: Clothes, sure: boolean, search: Search): void {
    const readable = place.kind === "bus" ? clothes !== "other" : clothes === "sent";
    const wants = way.wanted !== undefined && (way.wanted.length === 0 || (readable && way.wanted.includes(item.kind)));
    if (wants && way.open) {
      const next = place.kind === "bus" && clothes !== "other" ? "event" : "other";
      this.#follow(item, way.to, next, sure, search);
      if (sure) return;
    }
    if (!wants && !way.tells) return;
    // Refused, passed over, or perhaps given up: an account for whom it was meant.
    const clothed = place.kind === "bus" && clothes !== "other" ? "event" : "other";
    const meant = new Set<string>();
    this.#meant(item, way.to, clothed, meant);
    for (const fn of meant) (sure ? search.certain : search.possible).add(fn);
    if (meant.size === 0) {
      search.mayEnd = true;
      if (sure) search.ends.add(way.to);
    }
  }

  /** For whom something is meant that is lost on its way. */
  #meant(item: Item, address: string, clothes: Clothes, meant: Set<string>, seen = new Set<string>()): void {
    const place = this.at(address);
    if (seen.has(address)) return;
    seen.add(address);
    if (place.kind === "function") meant.add(address);
    for (const reader of place.readers) meant.add(reader);
    for (const { to, wanted } of place.ways) {
      const wants =
        wanted !== undefined && (wanted.length === 0 || (clothes === "event" && wanted.includes(item.kind)));
      if (place.kind !== "bus" || wants) this.#meant(item, to, place.kind === "bus" ? clothes : "other", meant, seen);
    }
  }
}

interface Search {
  readonly certain: Set<string>;
  readonly oneOf: (readonly string[])[];
  readonly possible: Set<string>;
  readonly ends: Set<string>;
  mayEnd: boolean;
  /** Where it was, and in which clothes. */
  readonly seen: Set<string>;
}
