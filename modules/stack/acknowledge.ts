import { existsSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ISynthesisSession, TerraformResource, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { shown } from "./refusals.ts";

/** The kind of the metadata that carries an acknowledgement through the construct tree. */
const metadataKind = "holdfast:acknowledge";

/** A finding that somebody has looked at and lives with, as `holdfast.json` has it. */
interface Acknowledgement {
  readonly id: string;
  readonly address: string;
  readonly reason: string;
  /** Path of the construct: its entries for one id and reason are one decision. */
  readonly construct: string;
}

/**
 * Says of a finding of `holdfast check` that it is known and meant.
 *
 * It is written to `holdfast.json` beside the synthesized stack, once for each resource of the construct, since metadata
 * is lost in plans and states. One that matches no finding is reported by the check, so that none outlives its reason.
 * @param construct the construct or resource that the finding is about
 * @param id of the rule, for instance `"H21"`
 * @param reason why it is meant, for whoever reads the findings
 * @throws Error for an id of another form, and for a reason that says nothing
 */
export function acknowledge(construct: Construct, id: string, reason: string): void {
  if (typeof id !== "string" || !/^H[1-9]\d*$/.test(id)) {
    throw new Error(`${construct.node.path}: acknowledge(): the id is ${shown(id)}; it must be a rule's, as "H21".`);
  }
  if (typeof reason !== "string" || reason.trim() === "") {
    throw new Error(
      `${construct.node.path}: acknowledge(): the reason for ${id} is ${shown(reason)}; say why it is meant.`,
    );
  }
  construct.node.addMetadata(metadataKind, { id, reason: reason.trim() });
  writeAcknowledgements(TerraformStack.of(construct));
}

const written = new WeakSet<TerraformStack>();

/**
 * Has synth write the stack's `holdfast.json`, or remove one of an earlier synth where nothing is acknowledged any more:
 * a file that stayed would hide findings.
 */
export function writeAcknowledgements(stack: TerraformStack): void {
  if (written.has(stack)) return;
  written.add(stack);
  const { synthesizer } = stack;
  stack.synthesizer = {
    synthesize(session) {
      synthesizer.synthesize(session);
      const file = join(folderOf(stack, session), "holdfast.json");
      const entries = acknowledgementsOf(stack);
      if (entries.length > 0) writeFileSync(file, `${JSON.stringify({ acknowledge: entries }, undefined, 2)}\n`);
      else if (existsSync(file)) rmSync(file);
    },
  };
}

const folderOf = (stack: TerraformStack, session: ISynthesisSession): string =>
  join(session.outdir, dirname(session.manifest.forStack(stack).synthesizedStackPath));

function acknowledgementsOf(stack: TerraformStack): Acknowledgement[] {
  return stack.node.findAll().flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === metadataKind)
      .flatMap(({ data }) => {
        const { id, reason }: Pick<Acknowledgement, "id" | "reason"> = data;
        const resources = construct.node.findAll().filter((child) => TerraformResource.isTerraformResource(child));
        return resources.map((resource) => ({
          id,
          address: `${resource.terraformResourceType}.${resource.friendlyUniqueId}`,
          reason,
          construct: construct.node.path,
        }));
      }),
  );
}
