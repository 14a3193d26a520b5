/** What is asked of policies: who wants to do what, and with which resource. */
import type { Subject } from "./match.ts";

/** Who asks. */
export type Principal =
  | { readonly kind: "service"; readonly name: string }
  /** An account as such: EventBridge asks in its name where a rule names no role. */
  | { readonly kind: "account"; readonly accountId: string }
  | {
      readonly kind: "role";
      readonly subject: Subject;
      /** Null where nothing tells. */
      readonly accountId: string | null;
      /** Whether it has a permissions boundary. */
      readonly bounded: boolean;
    };

/** One request, as the conditions of a statement see it. */
export interface Request {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: Subject;
  /** On whose behalf a service asks: `aws:SourceArn`; "unknown" where AWS does not say what a service gives there. */
  readonly source: Subject | "unknown" | undefined;
  /** The service through which a role uses a key (`sqs`): `kms:ViaService`. */
  readonly via?: string;
  /** Further condition keys of the request, in lower case. */
  readonly keys?: Readonly<Record<string, Subject | string>>;
  /** Whether a Region or an account that is not known is taken for the one that a policy names. */
  readonly trusting: boolean;
}
