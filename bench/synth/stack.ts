import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { App, LocalBackend, TerraformStack } from "cdktf";
import { configure } from "holdfast/modules";

/** Figures of the stack that both ways of writing it share. */
export const environment = {
  region: "eu-west-1",
  accountId: "111111111111",
  notify: "arn:aws:sns:eu-west-1:111111111111:incidents",
} as const;

/** Makes a stack, has it filled, and writes it to a folder. */
export function synthesize(outdir: string, fill: (stack: TerraformStack) => void): void {
  const app = new App({ outdir });
  const stack = new TerraformStack(app, "shop");
  new AwsProvider(stack, "aws", { region: environment.region });
  new LocalBackend(stack, { path: "terraform.shop.tfstate" });
  configure(stack, environment);
  fill(stack);
  app.synth();
}
