/** What is handed to a service: by another service, or by a scenario. */
import type { Cargo } from "../accounting/cargo.ts";
import type { Content } from "./content.ts";

/** How one service hands something to another. Each takes of it the form that it knows. */
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

/** An event that waits for its account to be opened. */
export interface Waiting {
  readonly id: string;
  readonly item: number;
}

/** What is put into a stream. */
export interface StreamPut {
  readonly cargo: Cargo | Waiting;
  readonly text: string;
  /** Partition key, or the item's key. */
  readonly key: string;
}
