/** Handing something to a service: each kind of service takes it in its own form. */
import type { Cargo } from "../accounting/accounting.ts";
import { LambdaFunction } from "../functions/function.ts";
import type { Service, World } from "../world.ts";
import { Bucket } from "./bucket.ts";
import { Bus } from "./bus.ts";
import type { Content, Refusal } from "./content.ts";
import { External } from "./external.ts";
import { Queue } from "./queue.ts";
import { Stream } from "./stream.ts";
import { Topic } from "./topic.ts";

/** How something is handed over. */
export interface Handover {
  readonly cargo: Cargo;
  readonly content: Content;
  /** The version or alias of a function; `$LATEST` where none is named. */
  readonly qualifier: string;
  /** Address of what it comes from. */
  readonly from: string;
  /** Key of the object, where it ends in a bucket. */
  readonly objectKey?: (() => string) | undefined;
}

/**
 * Hands cargo to a service, which from then on says what becomes of it.
 * @returns why the service did not take it: then the cargo is still the caller's.
 */
export function handOver(world: World, to: Service, handover: Handover): Refusal | undefined {
  const { cargo, content, qualifier, from } = handover;
  if (world.faults.unavailable(to.address, world.kernel.now)) {
    return { code: "INTERNAL_ERROR", message: `${to.address} does not answer`, retriable: true, rule: "R35" };
  }
  if (to instanceof LambdaFunction) return to.asynchronous.accept(cargo, content, qualifier, from);
  if (to instanceof Queue) return to.send(cargo, content);
  if (to instanceof Topic) return to.publish(cargo, content);
  if (to instanceof Bus) return to.put(cargo, content, from);
  if (to instanceof Stream) return to.put([{ cargo, text: content.text(), key: content.groupId ?? firstId(cargo) }]);
  if (to instanceof Bucket) return to.store(cargo, content, handover.objectKey?.());
  if (to instanceof External) return to.take(cargo);
  return { code: "INVALID_PARAMETER", message: `${to.address} takes no events`, retriable: false, rule: "R42" };
}

function firstId(cargo: Cargo): string {
  return cargo.items[0]?.id ?? "";
}
