import { queue } from "holdfast/handlers";

interface Shipment {
  readonly shipmentId: string;
  /** Marks a message that can never be processed. */
  readonly poison?: boolean;
}

/** The shipments of one order share a message group, so they leave in the order in which they were sent. */
export const handler = queue<Shipment>((shipment, { attempt }) => {
  if (shipment.poison === true) throw new Error(`shipment ${shipment.shipmentId} has no address`);
  console.info({ processed: shipment.shipmentId, attempt });
});
