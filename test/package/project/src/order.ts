import { SQS } from "@aws-sdk/client-sqs";
import { deleteAndThrow, queue } from "holdfast/handlers";

interface Order {
  readonly orderId: string;
  readonly poison?: boolean;
}

export const handler = queue<Order>({ concurrency: 2, response: deleteAndThrow(new SQS({})) }, async (order) => {
  if (order.poison === true) throw new Error(`order ${order.orderId} cannot be taken`);
});
