/** The scenario: deploy, send, plan again, look for what the emulator lacks, destroy. Each step adds its findings. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SQSClient } from "@aws-sdk/client-sqs";
import { local } from "../../environments/local.ts";
import type { Terraform } from "../support/terraform.ts";
import { alarms, type Endpoint } from "./aws.ts";
import { cdktf, STACK } from "./cdktf.ts";
import { BadEndpoint, counted, inventory } from "./endpoint.ts";
import { judgeAlarms, judgeTraffic } from "./expectations.ts";
import type { Finding } from "./judge.ts";
import type { Place } from "./ministack.ts";
import { paths } from "./paths.ts";
import { judgePlan, noticesChange, plannedChanges } from "./plan.ts";
import { alarmsFire, redriveAllowEnforced, roleNeeded } from "./probes.ts";
import { type Outcome, play } from "./traffic.ts";

/** Runs a step, tells of it and takes its time. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** What a run saw. */
export interface Seen {
  readonly findings: readonly Finding[];
  readonly outcomes: readonly Outcome[];
  /** Whether every step ran to its end. */
  readonly complete: boolean;
}

const DEPLOY_SECONDS = 300;

/**
 * Runs the scenario. What goes wrong in a step is a finding like any other, and the stack is destroyed all the same.
 * @throws {BadEndpoint} when the emulator already has the stack.
 */
export async function runScenario(
  terraform: Terraform,
  place: Place,
  url: string,
  work: string,
  step: Step,
): Promise<Seen> {
  const endpoint: Endpoint = { url, region: local.region };
  const credentials = { accessKeyId: "emulator", secretAccessKey: "emulator" };
  const sqs = new SQSClient({ endpoint: url, region: local.region, credentials });
  const output = join(work, "out");
  const state = join(work, "terraform.tfstate");
  const directory = join(output, "stacks", STACK);
  const env = {
    ...place.env,
    HOLDFAST_AWS_ENDPOINT: url,
    CDKTF_HOME: join(work, "cdktf"),
    // The state stays with the run, wherever the stack would keep it.
    TF_CLI_ARGS_init: `'-backend-config=path=${state}'`,
  };
  const project = { ...place, env };
  // The lock of the providers would ask the registry, and is thrown away with the run.
  const apply = [STACK, "--auto-approve", "--skip-provider-lock", "--output", output];
  const findings: Finding[] = [];
  const outcomes: Outcome[] = [];
  let complete = true;

  const attempt = async (name: string, act: () => Promise<void>): Promise<boolean> => {
    try {
      await step(name, act);
      return true;
    } catch (error) {
      complete = false;
      const [seen = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      findings.push({ id: `step "${name}"`, what: "it runs to its end", shown: false, seen });
      return false;
    }
  };

  const found = counted(await inventory(endpoint));
  if (found !== "") throw new BadEndpoint(`${url} already has ${found} of ${STACK}: destroy them first`);

  const deployed = await attempt(`cdktf deploy ${STACK}`, async () => {
    await cdktf(["deploy", ...apply], project, DEPLOY_SECONDS);
    const made = await inventory(endpoint);
    findings.push({
      id: "deploy.made",
      what: `cdktf deploy made ${counted(made)}`,
      shown: Object.values(made).every((names) => names.length > 0),
      seen: counted(made),
    });
    const all = await alarms(endpoint);
    findings.push(...paths.map((path) => judgeAlarms(path, all, local.notify)));
  });

  if (deployed) {
    await attempt("ten messages through each path", async () => {
      outcomes.push(...(await Promise.all(paths.map((path) => play(path, sqs, endpoint)))));
      findings.push(...outcomes.flatMap(judgeTraffic));
    });

    await attempt("synth and plan again", async () => {
      const file = join(directory, "cdk.tf.json");
      const first = readFileSync(file, "utf8");
      await cdktf(["synth", "--output", output], project, 60);
      findings.push({
        id: "synth.same",
        what: "a second synth gives the same bytes",
        shown: readFileSync(file, "utf8") === first,
        seen: "it does not",
      });
      findings.push(...judgePlan(await plannedChanges(terraform, directory, env)));
      findings.push(await noticesChange(terraform, directory, join(work, "changed"), env));
    });

    await attempt("look for what the emulator lacks", async () => {
      const path = paths.find(({ fifo }) => !fifo);
      if (path === undefined) throw new Error("the example has no standard queue");
      findings.push(await alarmsFire(paths, endpoint));
      findings.push(await redriveAllowEnforced(path, sqs));
      findings.push(await roleNeeded(path, sqs, endpoint));
    });
  }

  await attempt(`cdktf destroy ${STACK}`, async () => {
    // A deployment that failed before it made anything has left no state, and nothing to destroy.
    if (existsSync(state)) await cdktf(["destroy", ...apply, "--skip-synth"], project, DEPLOY_SECONDS);
    const left = counted(await inventory(endpoint));
    findings.push({
      id: "destroy.nothing-left",
      what: "cdktf destroy left none of them",
      shown: left === "",
      seen: left,
    });
  });
  sqs.destroy();
  return { findings, outcomes, complete };
}
