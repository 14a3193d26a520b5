/**
 * What one subscription of a FIFO topic delivers: of each message group one after the other, in the order in which it
 * was published. What is tried again holds up what came after it in its group, and nothing else.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-ordering.html
 * https://docs.aws.amazon.com/sns/latest/dg/fifo-message-grouping.html
 */
import { Deque } from "../../kernel/deque.ts";

/** Begins a delivery. @param ended is called once it has come to its end, which may be at once. */
type Start = (ended: () => void) => void;

/** The deliveries of one message group that have not ended: the first is being made, the others wait. */
interface Line {
  readonly deliveries: Deque<Start>;
  /** Deliveries are being begun: one that ends at once is followed by the next without another call. */
  beginning: boolean;
}

export class GroupOrder {
  readonly #lines = new Map<string, Line>();

  /**
   * Begins a delivery now, or when those of its group before it have ended.
   * @returns whether it has to wait.
   */
  enter(groupId: string, start: Start): boolean {
    const line = this.#lines.get(groupId) ?? { deliveries: new Deque<Start>(), beginning: false };
    this.#lines.set(groupId, line);
    line.deliveries.push(start);
    if (line.beginning || line.deliveries.length > 1) return true;
    this.#begin(groupId, line);
    return false;
  }

  /** One after the other, in a loop: a long outage may have made thousands wait. */
  #begin(groupId: string, line: Line): void {
    const { deliveries } = line;
    const ended = (): void => {
      deliveries.shift();
      if (!line.beginning) this.#begin(groupId, line);
    };
    line.beginning = true;
    for (let first = deliveries.at(0); first !== undefined; first = deliveries.at(0)) {
      first(ended);
      if (deliveries.at(0) === first) break;
    }
    line.beginning = false;
    if (deliveries.length === 0) this.#lines.delete(groupId);
  }
}
