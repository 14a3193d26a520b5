/** An S3 bucket: a place for failure records, and a source of notifications. */
import type { BucketNode, NotificationEdge } from "../../topology/graph.ts";
import type { Cargo } from "../accounting/cargo.ts";
import { UnknownReached } from "../errors.ts";
import { isoTime } from "../kernel/time.ts";
import type { World } from "../world.ts";
import type { Content } from "./content.ts";
import { jsonContent } from "./content.ts";
import { consumersOf, waitsFor } from "./downstream.ts";
import { admits, edgesOf, endOf, handOver } from "./edges.ts";
import type { Handover } from "./handover.ts";
import { placeOf } from "./place.ts";
import type { Figures, Service } from "./service.ts";

export class Bucket implements Service {
  readonly node: BucketNode;
  readonly #world: World;
  #objects = 0;

  constructor(world: World, node: BucketNode) {
    this.#world = world;
    this.node = node;
  }

  get address(): string {
    return this.node.address;
  }

  figures(): Figures {
    return { objects: this.#objects };
  }

  /** Stores a failure record under its key; notifications of the bucket then carry it on. */
  take({ cargo, content, objectKey }: Handover): undefined {
    const key = objectKey?.();
    this.#objects += 1;
    cargo.rest(this.address);
    if (key !== undefined) this.#notify(cargo, key, content.text().length, true);
  }

  /** An object of the scenario is created. */
  create(cargo: Cargo, key: string, size: number): void {
    this.#objects += 1;
    if (!this.#notify(cargo, key, size, false)) cargo.end();
  }

  /** @returns whether anything took it. `copies`: the object itself stays the account's, and what goes on is a copy. */
  #notify(cargo: Cargo, key: string, size: number, copies: boolean): boolean {
    const edges = edgesOf(this.#world, this.address, "notification").filter((edge) => wants(edge, key));
    const deliveries = edges.map((edge, index) => ({ edge, copy: copies || index > 0 ? cargo.branch() : cargo }));
    for (const { edge, copy } of deliveries) this.#deliver(edge, copy, key, size);
    return deliveries.length > 0;
  }

  #deliver(edge: NotificationEdge, cargo: Cargo, key: string, size: number): void {
    const refusal = admits(this.#world, edge, "R1");
    const end = endOf(this.#world, edge);
    const refused =
      refusal ??
      handOver(this.#world, end, {
        cargo,
        content: { ...this.#content(key, size) },
        qualifier: edge.qualifier ?? "$LATEST",
        from: this.address,
      });
    if (refused === undefined) return;
    if (refused.retriable) {
      this.#world.settings.assume(
        "s3.retryDelay",
        "1m",
        "S3 delivers notifications at least once and documents no figures of its retries",
      );
      waitsFor(this.#world, cargo, edge.to);
      this.#world.kernel.after(60_000, () => this.#deliver(edge, cargo, key, size));
      return;
    }
    cargo.bindAll(consumersOf(this.#world, edge.to, this.#content(key, size).envelope?.("")), end.address);
    cargo.lose("dropped", `${refused.rule}: ${refused.message}`);
    cargo.end();
  }

  #content(key: string, size: number): Content {
    const { region, account } = placeOf(this.node);
    const bucket = this.node.name ?? this.address;
    const time = isoTime(this.#world.kernel.now);
    const record = {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: region,
      eventTime: time,
      eventName: "ObjectCreated:Put",
      s3: {
        s3SchemaVersion: "1.0",
        bucket: { name: bucket, arn: this.node.arn },
        object: { key: encodedKey(key), size },
      },
    };
    return {
      ...jsonContent(() => ({ Records: [record] })),
      envelope: () => ({
        version: "0",
        id: this.#world.random("eventbridge.id").uuid(),
        "detail-type": "Object Created",
        source: "aws.s3",
        account,
        time: `${time.slice(0, 19)}Z`,
        region,
        resources: [this.node.arn],
        detail: { version: "0", bucket: { name: bucket }, object: { key, size }, reason: "PutObject" },
      }),
    };
  }
}

/**
 * A notification has the key as a form would send it, what EventBridge gets as it is.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
function encodedKey(key: string): string {
  // Half a pair of surrogates has no form of its own in UTF-8.
  const wellFormed = Buffer.from(key, "utf8").toString("utf8");
  return encodeURIComponent(wellFormed).replaceAll("%2F", "/").replaceAll("%20", "+");
}

function wants(edge: NotificationEdge, key: string): boolean {
  const { events, filterPrefix, filterSuffix } = edge.settings;
  if ([events, filterPrefix, filterSuffix].some((setting) => setting.from === "unknown")) {
    throw new UnknownReached(`${edge.id}: an object reaches it, and what it wants is not known before it is applied`);
  }
  const created =
    events.value.some((event) => /^(?:s3:)?(?:\*|ObjectCreated:(?:\*|Put))$/.test(event)) || events.value.length === 0;
  return created && key.startsWith(filterPrefix.value) && key.endsWith(filterSuffix.value);
}
