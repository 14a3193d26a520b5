/** Which emulator the example is deployed to. */
import { type Endpoint, listings } from "./aws.ts";
import { STACK } from "./cdktf.ts";

/** HOLDFAST_AWS_ENDPOINT is not the URL of something that may be deployed to. */
export class BadEndpoint extends Error {
  override readonly name = "BadEndpoint";
}

/**
 * HOLDFAST_AWS_ENDPOINT: the emulator that the user runs, if any. Whoever names a host other than this machine does so on
 * purpose; AWS itself is never meant.
 * @throws {BadEndpoint}
 */
export function givenEndpoint(given: string | undefined): string | undefined {
  if (given === undefined || given === "") return undefined;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new BadEndpoint(`HOLDFAST_AWS_ENDPOINT is ${given}; it must be a URL such as http://127.0.0.1:4566`);
  }
  if (/(?:^|\.)(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|aws\.dev)\.?$/i.test(new URL(given).hostname)) {
    throw new BadEndpoint(`HOLDFAST_AWS_ENDPOINT is ${given}, which is AWS itself; it must be an emulator`);
  }
  return given;
}

/** Names by kind. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/** The stack's resources among all that the emulator has. */
export async function inventory(endpoint: Endpoint): Promise<Inventory> {
  const all = Object.entries(listings).map(
    async ([kind, list]) => [kind, (await list(endpoint)).filter((name) => name.includes(STACK))] as const,
  );
  return Object.fromEntries(await Promise.all(all));
}

/** For instance `2 queues, 1 roles`; the empty text where there is nothing. */
export function counted(found: Inventory): string {
  return Object.entries(found)
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${names.length} ${kind}`)
    .join(", ");
}
