import { queue } from "holdfast/handlers";
import { charge, type Payment } from "./charge.ts";

export const handler = queue<{ payments: Payment[] }>({ concurrency: 1 }, async ({ payments }, { signal }) => {
  for (const payment of payments) {
    signal.throwIfAborted();
    await charge(payment, { signal });
  }
});
