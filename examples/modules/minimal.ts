import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { App, TerraformStack } from "cdktf";
import { bundle, configure, QueueConsumer } from "holdfast/modules";

const app = new App();
const shop = new TerraformStack(app, "shop");
new AwsProvider(shop, "aws", { region: "eu-west-1" });
configure(shop, { notify: "arn:aws:sns:eu-west-1:111122223333:incidents" });

new QueueConsumer(shop, "payments", { code: bundle("handlers/functions/pay.ts") });

app.synth();
