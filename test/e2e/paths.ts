/** The event paths of the example's local environment, by the names that the stack gives its resources. */

export interface Path {
  readonly name: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
  readonly function: string;
  /** The property of a body that names what it is about, as the path's handler reads it. */
  readonly idField: string;
  readonly fifo: boolean;
}

/** How often the queues of the example let a message be received. */
export const MAX_RECEIVE_COUNT = 5;

export const paths: readonly Path[] = [
  {
    name: "payments",
    queue: "shop-local-payments",
    deadLetterQueue: "shop-local-payments-dead-letter",
    function: "shop-local-payments",
    idField: "paymentId",
    fifo: false,
  },
  {
    name: "shipments",
    queue: "shop-local-shipments.fifo",
    deadLetterQueue: "shop-local-shipments-dead-letter.fifo",
    function: "shop-local-shipments",
    idField: "shipmentId",
    fifo: true,
  },
];
