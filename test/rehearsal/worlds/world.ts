/** Builds the graph, the scenario and the atlas of a world's form. */
import { parseDuration } from "../../../rehearsal/duration.ts";
import type { TargetInput } from "../../../topology/graph.ts";
import { alias, asyncSettings, GraphBuilder } from "../../support/graphs.ts";
import { Atlas, type Place, type Way } from "./atlas.ts";
import type { CyclicForm, NetForm, WorldForm } from "./plan.ts";
import { type Behaviour, mark } from "./witness.ts";

/** What the form of a net's kind is narrowed to by the edge that leads there. */
type NetKind = NetForm["kind"];

/** Receive counts, retention and the like that a safe world has. */
const longestRetentionSeconds = 1_209_600;

export interface World {
  readonly graph: GraphBuilder;
  readonly scenario: object;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  readonly atlas: Atlas;
  readonly form: WorldForm;
  /** Whether edges lead back. */
  readonly cycles: boolean;
}

/** Characters that an item of a table has room for, beside the rest of it: it takes 400 KB. */
const mostOfItem = 400_000;

const drain: Behaviour = {
  poison: "error",
  flaky: 1,
  takesMs: 100,
  later: false,
  returns: "nothing",
  failsFires: false,
  scripted: false,
};

/** What a target is given. Filter policies and filters find nothing of it that they know, but for the whole event. */
const inputs: Readonly<Record<WorldForm["schedules"][number]["targets"][number]["input"], TargetInput>> = {
  event: { kind: "event" },
  path: { kind: "path", path: "$.detail.mark" },
  transformer: { kind: "transformer", template: '{"told": "<mark>"}', paths: { mark: "$.detail.mark" } },
  constant: { kind: "constant", text: '{"told": "nothing"}' },
};

/** What a schedule's event on a bus is called: as what a scheduled rule gives. */
const clock = { source: "clock", detailType: "Scheduled Event" };

function pick<T>(list: readonly T[], ref: number): T | undefined {
  return list[ref % Math.max(1, list.length)];
}

export function build(form: WorldForm, back: CyclicForm["back"] = []): World {
  return new Builder(form, back).build();
}

class Builder {
  readonly #form: WorldForm;
  readonly #back: CyclicForm["back"];
  readonly #g = new GraphBuilder();
  readonly #atlas = new Atlas();
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #made = new Map<string, string>();
  readonly #functions: string[] = [];
  /** Functions that have an alias. */
  readonly #aliased = new Set<string>();
  /** Nets, with the queues whose dead-letter queue they are; none: something else leads there too. */
  readonly #origins = new Map<string, Set<string>>();
  readonly #queues: { readonly address: string; readonly fifo: boolean }[] = [];
  readonly #streams: string[] = [];
  readonly #topics: { readonly address: string; readonly fifo: boolean }[] = [];
  readonly #buses: string[] = [];
  readonly #entrances: Place[] = [];

  constructor(form: WorldForm, back: CyclicForm["back"]) {
    this.#form = form;
    this.#back = back;
  }

  /** Whether something that a safe world has is there. */
  #there(granted: boolean): "granted" | "missing" {
    return this.#form.safe || granted ? "granted" : "missing";
  }

  build(): World {
    for (const [rank, form] of this.#form.functions.entries()) {
      const reserved = form.reserved;
      const address = this.#g.fn(`f${rank}`, {
        timeout: form.timeoutSeconds,
        retries: form.retries,
        ageSeconds: form.ageSeconds,
        reservedConcurrentExecutions: reserved,
        ...(form.alias
          ? {
              aliases: [alias("live", "1")],
              asyncSettings: [
                asyncSettings("$LATEST", form.retries, form.ageSeconds),
                asyncSettings("live", 2 - form.retries, form.ageSeconds),
              ],
            }
          : {}),
      });
      if (form.alias) this.#aliased.add(address);
      this.#functions.push(address);
      this.#behaviours.set(address, form.behaviour);
      this.#atlas.workers.add(address);
      this.#atlas.add("function", address);
    }
    this.#form.queues.forEach((queue, rank) => this.#queue(queue, rank));
    this.#form.streams.forEach((stream, rank) => this.#stream(stream, rank));
    this.#form.topics.forEach((topic, rank) => this.#topic(topic, rank));
    // From the last: a bus leads to buses of a higher rank.
    const buses = this.#form.buses.map((bus, rank) => this.#bus(bus, rank));
    for (const bus of buses) this.#atlas.add("bus", bus);
    for (let rank = buses.length - 1; rank >= 0; rank -= 1) {
      const [bus, busForm] = [buses[rank], this.#form.buses[rank]];
      if (bus === undefined || busForm === undefined) continue;
      this.#rules(bus, busForm, rank);
      this.#buses.unshift(bus);
    }
    this.#form.buckets.forEach((bucket, rank) => this.#bucket(bucket, rank));
    this.#form.schedules.forEach((schedule, rank) => this.#schedule(schedule, rank));
    this.#form.functions.forEach((fn, rank) => this.#asynchronous(fn, rank));
    this.#back.forEach((edge, index) => this.#leadBack(edge, index));
    for (const place of this.#atlas.places.values()) {
      if (place.kind !== "function" || this.#atlas.workers.has(place.address)) this.#entrances.push(place);
    }
    const { send, redrives } = this.#sends();
    const faults = this.#faults();
    const scenario = {
      seed: this.#form.seed,
      ...(this.#form.until === undefined || this.#form.safe ? {} : { until: this.#form.until }),
      send,
      redrives,
      faults: faults.map(({ fromMs, toMs, kind, address }) => ({
        at: `${fromMs}ms`,
        for: `${toMs - fromMs}ms`,
        [kind]: address,
      })),
      settings: {
        "account.concurrency": this.#form.account,
        "mapping.duplicates": this.#form.duplicates,
        "async.duplicates": this.#form.duplicates,
      },
    };
    this.#atlas.faults.push(...faults);
    return {
      graph: this.#g,
      scenario,
      behaviours: this.#behaviours,
      atlas: this.#atlas,
      form: this.#form,
      cycles: this.#back.length > 0,
    };
  }

  /**
   * A net, shared by all edges that name it.
   * @param kinds what the edge may lead to; the first is the usual.
   * @param origin the queue whose dead-letter queue it is; undefined: it is a net of something else.
   */
  #net(form: NetForm, kinds: readonly NetKind[], fifo = false, origin?: string): string {
    const address = this.#netOf(form, kinds, fifo);
    const origins = this.#origins.get(address) ?? new Set();
    this.#origins.set(address, origin === undefined ? origins.add("") : origins.add(origin));
    return address;
  }

  #netOf(form: NetForm, kinds: readonly NetKind[], fifo: boolean): string {
    const kind = fifo ? "queue" : kinds.includes(form.kind) ? form.kind : "queue";
    const rank = form.ref % this.#form.nets.length;
    const name = `net${rank}${fifo ? "-fifo" : kind}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#makeNet(name, kind, rank, fifo);
    this.#made.set(name, made);
    return made;
  }

  #makeNet(name: string, kind: NetKind, rank: number, fifo: boolean): string {
    const g = this.#g;
    switch (kind) {
      case "queue":
        return this.#netQueue(name, rank, fifo, true);
      case "topic": {
        const topic = g.topic(name);
        g.subscription(topic, this.#netQueue(`${name}-kept`, rank, false, false));
        return topic;
      }
      case "bus": {
        const { onBus } = this.#form.nets[rank] ?? { onBus: "rule" };
        const bus = onBus === "rule" ? g.bus(name) : this.#archivedBus(name, 0, []);
        if (onBus === "archive") return bus;
        const rule = g.rule(name, bus, { source: [{ prefix: "" }] });
        g.target(rule, this.#netQueue(`${name}-kept`, rank, false, false));
        return bus;
      }
      case "bucket":
        return g.bucket(name);
      case "function": {
        const collector = g.fn(name);
        const fails = !this.#form.safe && this.#form.nets[rank]?.drainFails === true;
        this.#behaviours.set(collector, fails ? drain : { ...drain, poison: "never" });
        return collector;
      }
    }
  }

  #netQueue(name: string, rank: number, fifo: boolean, direct: boolean): string {
    const form = this.#form.nets[rank];
    const { safe } = this.#form;
    const retention = safe ? longestRetentionSeconds : (form?.retentionSeconds ?? longestRetentionSeconds);
    const queue = this.#g.queue(name, {
      fifo,
      messageRetentionPeriod: retention,
      visibilityTimeout: 30,
      ...(form?.small === true && !safe ? { maximumMessageSize: 1_024 } : {}),
    });
    const consumed = form?.drained === true;
    this.#atlas.netQueues.set(queue, { consumed, keepsMs: retention * 1_000, direct, fifo });
    if (!consumed) return queue;
    const collector = this.#g.fn(`${name}-drain`);
    // Where it fails it does so for poisoned events, which are most of what comes here.
    this.#behaviours.set(collector, form?.drainFails ? drain : { ...drain, poison: "never" });
    this.#g.mapping(queue, collector, { partial: true });
    const last = this.#g.queue(`${name}-last`, { fifo, messageRetentionPeriod: longestRetentionSeconds });
    this.#atlas.netQueues.set(last, { consumed: false, keepsMs: longestRetentionSeconds * 1_000, direct: true, fifo });
    this.#g.redrive(queue, last, form?.receives ?? 3);
    return queue;
  }

  /** The destination of failures of an edge or function: always there in a safe world. */
  #catch(form: NetForm | null): NetForm | undefined {
    if (form !== null) return form;
    return this.#form.safe ? { ref: 0, kind: "queue", granted: true } : undefined;
  }

  #queue(form: WorldForm["queues"][number], rank: number): void {
    const { safe } = this.#form;
    const { fifo } = form;
    const address = this.#g.queue(`q${rank}`, {
      fifo,
      visibilityTimeout: form.visibilitySeconds,
      contentBasedDeduplication: fifo && form.byContent,
      delaySeconds: form.delaySeconds,
      // What two subscriptions of a FIFO topic give to one FIFO net is one message to it: that loses.
      ...(form.small && !(safe && fifo) ? { maximumMessageSize: 1_024 } : {}),
      messageRetentionPeriod: safe ? 345_600 : form.retentionSeconds === 345_600 ? 3_600 : form.retentionSeconds,
    });
    this.#queues.push({ address, fifo });
    const place = this.#atlas.add("queue", address);
    const net = this.#catch(form.deadLetter);
    if (net !== undefined) {
      const to = this.#net(net, ["queue"], fifo, address);
      this.#g.redrive(address, to, form.receives, { permission: this.#there(net.granted) });
    }
    for (const mapping of form.mappings) {
      const to = pick(this.#functions, mapping.to);
      if (to === undefined || place.readers.includes(to)) continue;
      place.readers.push(to);
      const partial = this.#partial(to, mapping.partial);
      this.#atlas.asks.set(`${address} ${to}`, partial);
      const large = mapping.batchSize > 10 || (!fifo && mapping.windowSeconds > 0);
      this.#g.mapping(address, to, {
        enabled: safe || mapping.enabled,
        permission: this.#there(mapping.granted),
        batchSize: large ? Math.max(mapping.batchSize, 10) : mapping.batchSize,
        maximumBatchingWindowInSeconds: fifo ? 0 : mapping.windowSeconds,
        partial,
        maximumConcurrency: mapping.concurrency === "maximum" ? 2 : null,
        provisionedPollers: mapping.concurrency === "provisioned" ? { minimumPollers: 2, maximumPollers: 4 } : null,
        // The filter of one mapping deletes what another has failed at (R65): that loses.
        ...this.#filters(safe && form.mappings.length > 1 ? "none" : mapping.filter, "body"),
      });
    }
    if (fifo) this.#atlas.ordered.set(address, { fifo, lanes: new Map() });
  }

  /** Whether a mapping asks for partial responses: in a safe world if its function gives any. */
  #partial(to: string, wish: boolean): boolean {
    const poison = this.#behaviours.get(to)?.poison;
    return this.#form.safe ? poison === "report" || poison === "malformed" : wish;
  }

  #filters(
    filter: "none" | "json" | "text",
    field: string,
  ): { filterCriteria?: { [key: string]: [string] | { kind: string[] } }[] } {
    if (filter === "none") return {};
    return { filterCriteria: [filter === "json" ? { [field]: { kind: ["a", "b"] } } : { [field]: ["plain"] }] };
  }

  #stream(form: WorldForm["streams"][number], rank: number): void {
    const { safe } = this.#form;
    const kinesis = form.kind === "kinesis";
    const address = kinesis ? this.#g.stream(`s${rank}`, { shardCount: form.shards }) : this.#g.table(`t${rank}`);
    this.#streams.push(address);
    const place = this.#atlas.add("stream", address);
    const lanes = new Map<string, number>();
    for (const mapping of form.mappings) {
      const to = pick(this.#functions, mapping.to);
      if (to === undefined || place.readers.includes(to)) continue;
      place.readers.push(to);
      const partial = this.#partial(to, mapping.partial);
      this.#atlas.asks.set(`${address} ${to}`, partial);
      lanes.set(to, mapping.lanes);
      const edge = this.#g.mapping(address, to, {
        enabled: safe || mapping.enabled,
        permission: this.#there(mapping.granted),
        batchSize: mapping.batchSize,
        maximumBatchingWindowInSeconds: mapping.tumblingSeconds > 0 ? 0 : mapping.windowSeconds,
        partial,
        bisectBatchOnFunctionError: mapping.split,
        maximumRetryAttempts: mapping.retries,
        // Without an age a function that is throttled always would block its shard until the stream forgets.
        maximumRecordAgeInSeconds: safe && mapping.ageSeconds < 0 ? 600 : mapping.ageSeconds,
        parallelizationFactor: mapping.tumblingSeconds > 0 ? 1 : mapping.lanes,
        tumblingWindowInSeconds: mapping.tumblingSeconds,
        ...(kinesis ? this.#filters(mapping.filter, "data") : {}),
      });
      if (mapping.tumblingSeconds > 0) lanes.set(to, 1);
      const net = this.#catch(mapping.onFailure);
      if (net === undefined) continue;
      const end = this.#net(net, ["queue", "topic", "bucket"]);
      this.#g.destination("on-failure", "mapping", edge, end, { permission: this.#there(net.granted) });
    }
    this.#atlas.ordered.set(address, { fifo: false, lanes });
  }

  /** Where a way leads, of what is there already; falls back on a function. */
  #end(way: { readonly kind: string; readonly ref: number }, takesFifo: boolean): string {
    const queues = this.#queues.filter(({ fifo }) => takesFifo || !fifo).map(({ address }) => address);
    const topics = this.#topics.filter(({ fifo }) => !fifo).map(({ address }) => address);
    const lists: Readonly<Record<string, readonly string[]>> = {
      queue: queues,
      // A target is no table, and a table's stream nothing to write to.
      stream: this.#streams.filter((address) => !address.startsWith("aws_dynamodb")),
      topic: topics,
      bus: this.#buses,
    };
    return pick(lists[way.kind] ?? [], way.ref) ?? pick(this.#functions, way.ref) ?? "";
  }

  #topic(form: WorldForm["topics"][number], rank: number): void {
    const { fifo } = form;
    const address = this.#g.topic(`n${rank}`, { fifo });
    const place = this.#atlas.add("topic", address);
    for (const sub of form.subscriptions) {
      const queues = this.#queues.filter((queue) => queue.fifo === fifo).map((queue) => queue.address);
      const wished = sub.way.kind === "function" ? undefined : pick(queues, sub.way.ref);
      const to = fifo ? pick(queues, sub.way.ref) : (wished ?? pick(this.#functions, sub.way.ref));
      if (to === undefined || place.ways.some((way) => way.to === to)) continue;
      const permission = this.#there(sub.granted);
      const inBody = sub.scope === "MessageBody";
      const edge = this.#g.subscription(address, to, {
        permission,
        raw: sub.raw,
        ...this.#qualifier(to),
        ...(sub.wanted.length === 0
          ? {}
          : { filterPolicy: { kind: sub.wanted }, scope: inBody ? "MessageBody" : "MessageAttributes" }),
      });
      place.ways.push({ to, open: permission === "granted", wanted: sub.wanted, tells: true });
      const net = this.#catch(sub.deadLetter);
      if (net === undefined) continue;
      const end = this.#net(net, ["queue"], fifo);
      this.#g.destination("dead-letter", "subscription", edge, end, { permission: this.#there(net.granted) });
    }
    // A FIFO topic delivers to queues alone (R50).
    if (form.beside && !fifo) this.#beside(place);
    this.#topics.push({ address, fifo });
  }

  /** Subscribes to a topic what reads a queue that it leads to: what that mapping's filter passes over comes all the same. */
  #beside(place: Place): void {
    for (const queue of place.ways.map(({ to }) => to)) {
      const [to] = this.#atlas.at(queue).readers;
      if (to === undefined || place.ways.some((way) => way.to === to)) continue;
      this.#g.subscription(place.address, to, this.#qualifier(to));
      place.ways.push({ to, open: true, wanted: [], tells: true });
    }
  }

  #bus({ archive }: WorldForm["buses"][number], rank: number): string {
    return archive === null ? this.#g.bus(`b${rank}`) : this.#archivedBus(`b${rank}`, archive.days, archive.wanted);
  }

  #archivedBus(name: string, days: number, wanted: readonly string[]): string {
    const address = `aws_cloudwatch_event_archive.${name}`;
    this.#atlas.archives.set(address, days === 0 ? Number.POSITIVE_INFINITY : days * 86_400_000);
    const eventPattern = {
      value: wanted.length === 0 ? null : { detail: { kind: wanted } },
      from: "configuration",
    } as const;
    const retentionDays = { value: days, from: "configuration" } as const;
    return this.#g.bus(name, { archives: [{ address, location: null, eventPattern, retentionDays }] });
  }

  /** By which qualifier an edge invokes a function: its alias where it has one. */
  #qualifier(to: string): { qualifier?: string } {
    return this.#aliased.has(to) ? { qualifier: "live" } : {};
  }

  #rules(bus: string, form: WorldForm["buses"][number], rank: number): void {
    for (const [index, rule] of form.rules.entries()) {
      const pattern = rule.wanted.length === 0 ? { version: ["0"] } : { detail: { kind: rule.wanted } };
      const enabled = this.#form.safe || rule.enabled;
      const address = this.#g.rule(`r${rank}-${index}`, bus, pattern, { enabled });
      this.#targets(this.#atlas.at(bus), address, rule.targets, enabled ? rule.wanted : undefined);
    }
  }

  #targets(
    place: Place,
    rule: string,
    targets: WorldForm["schedules"][number]["targets"],
    wanted: Way["wanted"],
  ): void {
    const taken = new Set<string>();
    for (const form of targets) {
      const to = this.#end(form.way, true);
      if (taken.has(to)) continue;
      taken.add(to);
      const permission = this.#there(form.granted);
      const fifo = this.#queues.some((queue) => queue.address === to && queue.fifo);
      const edge = this.#g.target(rule, to, {
        permission,
        maximumRetryAttempts: form.retries,
        maximumEventAgeInSeconds: form.ageSeconds,
        ...(fifo ? { messageGroupId: "g" } : {}),
        ...this.#qualifier(to),
        // Of a schedule alone: of a rule's target they would be a path into the event, and nothing.
        ...(rule.startsWith("aws_scheduler") ? { partitionKey: "k", event: clock } : {}),
        input: inputs[form.input],
      });
      place.ways.push({ to, open: permission === "granted", wanted, tells: false });
      const net = this.#catch(form.deadLetter);
      if (net === undefined) continue;
      this.#g.destination("dead-letter", "target", edge, this.#net(net, ["queue"]), {
        permission: this.#there(net.granted),
      });
    }
  }

  #bucket(form: WorldForm["buckets"][number], rank: number): void {
    const address = this.#g.bucket(`o${rank}`);
    const place = this.#atlas.add("bucket", address);
    for (const notification of form.notifications) {
      const { kind } = notification.way;
      const to = this.#end({ ...notification.way, kind: kind === "stream" ? "queue" : kind }, false);
      if (place.ways.some((way) => way.to === to)) continue;
      // S3 has no net of its own: what it may not deliver is gone.
      const permission = this.#there(notification.granted);
      this.#g.notification(address, to, { permission, prefix: notification.prefix, ...this.#qualifier(to) });
      place.ways.push({
        to,
        open: permission === "granted",
        wanted: notification.prefix === "" ? [] : ["a"],
        tells: false,
      });
    }
  }

  #schedule(form: WorldForm["schedules"][number], rank: number): void {
    const address = form.scheduler ? this.#g.schedule(`c${rank}`) : this.#g.rule(`c${rank}`, null, null);
    const place = this.#atlas.add("schedule", address);
    this.#targets(place, address, form.targets, []);
  }

  /** Nets and on-success destination of a function: to what leads only to functions of a higher rank. */
  #asynchronous(form: WorldForm["functions"][number], rank: number): void {
    const address = this.#functions[rank] ?? "";
    const failure = this.#catch(form.onFailure);
    if (failure !== undefined) {
      const end = this.#net(failure, ["queue", "topic", "function", "bucket", "bus"]);
      const permission = this.#there(failure.granted);
      this.#g.destination("on-failure", "function", address, end, { permission });
      // Each qualifier has nets of its own (R19).
      if (form.alias && (this.#form.safe || failure.ref % 2 === 0))
        this.#g.destination("on-failure", "function", address, end, { permission, fromQualifier: "live" });
    }
    if (form.deadLetter !== null) {
      const end = this.#net(form.deadLetter, ["queue", "topic"]);
      this.#g.destination("dead-letter", "function", address, end, {
        permission: this.#there(form.deadLetter.granted),
      });
    }
    const { onSuccess } = form;
    if (onSuccess === null) return;
    const higher = new Set(this.#functions.slice(rank + 1));
    const leads = (to: string): boolean => [...this.#atlas.behind(to)].every((fn) => higher.has(fn));
    const lists: Readonly<Record<string, readonly string[]>> = {
      function: [...higher],
      queue: this.#queues.filter(({ fifo }) => !fifo).map((queue) => queue.address),
      topic: this.#topics.filter(({ fifo }) => !fifo).map((topic) => topic.address),
      bus: this.#buses,
    };
    const to = pick((lists[onSuccess.kind] ?? []).filter(leads), onSuccess.ref) ?? pick([...higher], onSuccess.ref);
    if (to === undefined) return;
    const permission = this.#there(onSuccess.granted);
    this.#g.destination("on-success", "function", address, to, { permission });
    if (form.alias && onSuccess.ref % 2 === 0)
      this.#g.destination("on-success", "function", address, to, { permission, fromQualifier: "live" });
    this.#atlas.results.set(address, { to, open: permission === "granted", wanted: [], tells: false });
  }

  /** An edge of a world with cycles. */
  #leadBack({ kind, from, to }: CyclicForm["back"][number], index: number): void {
    const g = this.#g;
    const fn = pick(this.#functions, from) ?? "";
    const ends = [
      ...this.#functions,
      ...this.#queues.filter(({ fifo }) => !fifo).map(({ address }) => address),
      ...this.#topics.filter(({ fifo }) => !fifo).map(({ address }) => address),
      ...this.#buses,
    ];
    const end = pick(ends, to) ?? fn;
    const name = `${kind} ${kind === "redrive" ? from : fn}`;
    switch (kind) {
      case "on-success":
        if (this.#atlas.results.has(fn)) return;
        g.destination("on-success", "function", fn, end);
        this.#atlas.results.set(fn, { to: end, open: true, wanted: [], tells: false });
        return;
      case "on-failure": {
        const rank = this.#functions.indexOf(fn);
        if (this.#made.has(name) || this.#form.functions[rank]?.onFailure !== null) return;
        this.#made.set(name, end);
        g.destination("on-failure", "function", fn, end);
        this.#atlas.failures.set(fn, end);
        return;
      }
      case "redrive": {
        const queue = pick(this.#queues, from);
        const target = pick(
          this.#queues.filter((one) => one.fifo === queue?.fifo && one !== queue),
          to,
        );
        const rank = this.#queues.findIndex((one) => one === queue);
        if (queue === undefined || target === undefined || this.#made.has(name)) return;
        if (this.#form.queues[rank]?.deadLetter !== null) return;
        this.#made.set(name, target.address);
        g.redrive(queue.address, target.address, 1);
        return;
      }
      case "rule": {
        const bus = pick(this.#buses, from);
        const target = pick(this.#buses, to);
        if (bus === undefined || target === undefined) return;
        const rule = g.rule(`back${index}`, bus, { version: ["0"] });
        g.target(rule, target);
        this.#atlas.at(bus).ways.push({ to: target, open: true, wanted: [], tells: false });
      }
    }
  }

  #sends(): { readonly send: object[]; readonly redrives: object[] } {
    const send: { at: number; entry: object }[] = [];
    for (const [number, form] of this.#form.sends.entries()) {
      const place = pick(this.#entrances, form.to);
      if (place === undefined) continue;
      for (const [index, { does, kind, key, again }] of form.items.entries()) {
        const at = form.startMs + index * form.gapMs;
        if (at > this.#untilMs()) continue;
        const id = `e${number}x${index}`;
        const wished = index > 0 ? 0 : this.#form.safe ? this.#few(place, form.padding) : form.padding;
        const padding = place.address.startsWith("aws_dynamodb") ? Math.min(wished, mostOfItem) : wished;
        const body = { mark: mark(id, does), kind, ...(padding > 0 ? { pad: "x".repeat(padding) } : {}) };
        const twin = again && index > 0 ? `e${number}x${index - 1}` : id;
        send.push({ at, entry: { at: `${at}ms`, to: place.address, ...this.#item(place, id, twin, key, kind, body) } });
        this.#atlas.items.set(id, {
          id,
          to: place.address,
          at,
          does,
          kind,
          key,
          padding,
          rank: this.#atlas.items.size,
        });
      }
    }
    return { send: send.map(({ entry }) => entry), redrives: this.#moves() };
  }

  /**
   * Message-move tasks: back to where messages came from, which only dead-letter queues of queues know, or to a queue
   * that may be another, also from a net that functions and others feed as well. That may lose.
   */
  #moves(): object[] {
    const all = [...this.#origins];
    const nets = all.filter(([, origins]) => !origins.has(""));
    const shared = all.filter(([, origins]) => [...origins].some((origin) => origin !== ""));
    const begun = new Set<string>();
    return this.#form.moves.flatMap(({ ref, atMs, perSecond, to }) => {
      const elsewhere = to !== null && !this.#form.safe;
      const [from, origins] = pick(elsewhere ? shared : nets, ref) ?? [];
      if (from === undefined || origins === undefined || atMs > this.#untilMs()) return [];
      // A queue has one task at a time.
      if (begun.has(`${from} ${atMs}`)) return [];
      begun.add(`${from} ${atMs}`);
      this.#atlas.movedFrom.add(from);
      if (elsewhere) {
        const fifo = this.#atlas.netQueues.get(from)?.fifo;
        const end = pick(
          this.#queues.filter((queue) => queue.fifo === fifo),
          to,
        );
        if (end === undefined) return [];
        this.#atlas.movedTo.add(end.address);
        this.#atlas.movedElsewhere.add(end.address);
        return { at: `${atMs}ms`, from, to: end.address, perSecond };
      }
      for (const origin of origins) this.#atlas.movedTo.add(origin);
      return { at: `${atMs}ms`, from, perSecond };
    });
  }

  /** What a small queue does not take was never sent where it is sent there directly; else it ends in a net. */
  #few(place: Place, padding: number): number {
    return padding === 0 || place.kind === "queue" ? 0 : 2_000;
  }

  /** What would be sent after the end is left out: a scenario may not have it. */
  #untilMs(): number {
    const { safe, until } = this.#form;
    return safe || until === undefined ? Number.POSITIVE_INFINITY : (parseDuration(until) ?? 0);
  }

  #item(place: Place, id: string, twin: string, key: string, kind: string, body: { readonly mark: string }): object {
    switch (place.kind) {
      case "queue": {
        const fifo = this.#queues.some((queue) => queue.address === place.address && queue.fifo);
        return { messages: [{ id, body, ...(fifo ? { messageGroupId: key, messageDeduplicationId: twin } : {}) }] };
      }
      case "stream":
        return place.address.startsWith("aws_dynamodb")
          ? { puts: [{ id, item: { pk: key, ...body } }] }
          : { records: [{ id, partitionKey: key, data: body }] };
      case "topic": {
        const fifo = this.#topics.some((topic) => topic.address === place.address && topic.fifo);
        const group = fifo ? { messageGroupId: key, messageDeduplicationId: twin } : {};
        return { notifications: [{ id, message: body, attributes: { kind }, ...group }] };
      }
      case "bus":
        return { events: [{ id, source: "shop", detailType: "T", detail: body }] };
      case "function":
        return { invocations: [{ id, payload: body }] };
      case "bucket":
        return { objects: [{ id, key: `${kind}/${body.mark}.jpg` }] };
      case "schedule":
        return { fires: [{ id }] };
    }
  }

  #faults(): Atlas["faults"] {
    const places = [...this.#atlas.places.keys()];
    return this.#form.faults.flatMap(({ kind, ref, atMs, forMs }) => {
      const address = pick(kind === "unavailable" ? places : this.#functions, ref);
      return address === undefined ? [] : [{ kind, address, fromMs: atMs, toMs: atMs + forMs }];
    });
  }
}
