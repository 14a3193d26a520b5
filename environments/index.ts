import type { Environment } from "./environment.ts";
import { local } from "./local.ts";
import { production } from "./production.ts";
import { staging } from "./staging.ts";

/** Where the shop is deployed. */
export const environments: readonly Environment[] = [staging, production, local];
