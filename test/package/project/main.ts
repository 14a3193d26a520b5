import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { bundle, configure, QueueConsumer, seconds } from "holdfast/modules";

class ShopStack extends TerraformStack {
  constructor(scope: Construct, id: string, region: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region });
    new LocalBackend(this, { path: `terraform.${id}.tfstate` });
    configure(this, { region, notify: `arn:aws:sns:${region}:111122223333:incidents` });

    new QueueConsumer(this, "orders", { code: bundle("src/order.ts"), timeout: seconds(20) });
    new QueueConsumer(this, "refunds", { code: bundle("src/refund.ts", { sdk: "runtime" }), fifo: true });
  }
}

const app = new App();
new ShopStack(app, "shop-staging", "eu-west-1");
new ShopStack(app, "shop-production", "us-east-1");
app.synth();
