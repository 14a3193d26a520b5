import { App } from "cdktf";
import { bundle, QueueConsumer, seconds } from "holdfast/modules";
import { environments } from "./environments/index.ts";
import { ShopStack } from "./environments/shop-stack.ts";

export const app = new App();

for (const environment of environments) {
  const shop = new ShopStack(app, `shop-${environment.name}`, environment);
  const timeout = seconds(environment.timeoutSeconds ?? 30);

  new QueueConsumer(shop, "payments", { code: bundle("handlers/functions/pay.ts"), timeout });
  new QueueConsumer(shop, "shipments", { code: bundle("handlers/functions/ship.ts"), timeout, fifo: true });
}

app.synth();
