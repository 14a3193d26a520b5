/**
 * Arguments of provider resources, for overrides by callers without type checks.
 *
 * A generated resource class takes from its config the keys that it knows and drops the rest in silence: a misspelt
 * override would leave the derived value standing while its author believes otherwise. What a class takes is read from
 * the class itself: cdktf generates an accessor `<argument>Input` for each.
 */

import { unknownKeys } from "./refusals.ts";
import { recordOf, type Shape } from "./shapes.ts";

/** A generated resource class. */
export interface ResourceClass {
  readonly tfResourceType: string;
  readonly prototype: object;
}

/** What any resource takes beside its own arguments. https://developer.hashicorp.com/terraform/cdktf/concepts/resources */
const metaArguments = ["connection", "count", "dependsOn", "forEach", "lifecycle", "provider", "provisioners"] as const;

const isObject = recordOf(() => [], "an object of attributes");

/** The arguments that a resource class takes, in cdktf's names. */
function argumentsOf(resource: ResourceClass): readonly string[] {
  const own = Object.getOwnPropertyNames(resource.prototype)
    .filter((name) => name.endsWith("Input"))
    .map((name) => name.slice(0, -"Input".length));
  return [...own, ...metaArguments];
}

/** An object whose keys are all arguments of a resource; their values are the provider's to judge. */
export function argumentsShape(resource: ResourceClass): Shape {
  const known = Object.fromEntries(argumentsOf(resource).map((name) => [name, true]));
  return (at, value) => {
    const wrong = isObject(at, value);
    if (wrong.length > 0) return wrong;
    const unknown = unknownKeys(`${at} (${resource.tfResourceType})`, value, known);
    return unknown === undefined ? [] : [unknown];
  };
}
