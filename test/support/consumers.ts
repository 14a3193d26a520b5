/** Random queue consumers: every combination of props that the construct accepts, with what surrounds them. */
import { TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import * as fc from "fast-check";
import { existing, existingQueue, QueueConsumer, type QueueConsumerProps, seconds, zip } from "../../modules/index.ts";
import type { Surroundings } from "./edges.ts";
import { zipFile } from "./fixtures.ts";
import { account, region } from "./resolved.ts";

/** A consumer that can be made, and what a stack with it cannot say of its surroundings. */
export interface Consumer {
  readonly id: string;
  readonly make: (scope: Construct) => QueueConsumer;
  readonly props: Omit<QueueConsumerProps, "code" | "queue">;
  readonly surroundings: Surroundings;
}

export const topic = `arn:aws:sns:${region}:${account}:incidents`;
const key = `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const whole = (min: number, max: number) => fc.integer({ min, max });
const duration = (min: number, max: number) => whole(min, max).map(seconds);
const words = fc.stringMatching(/^[a-z]{1,8}$/);

/** One of these at random, or none of them. */
const sometimes = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Partial<T>> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 2, arbitrary });

const tags = fc.record({ tags: fc.dictionary(words, words, { maxKeys: 2 }) });

/** What applies to a function that the construct makes. */
const ofOwnFunctions = fc.record(
  {
    memory: whole(128, 10_240),
    architecture: fc.constantFrom("arm64", "x86_64"),
    layers: fc.array(fc.constant(`arn:aws:lambda:${region}:${account}:layer:tools:1`), { maxLength: 5 }),
    environment: fc.dictionary(fc.stringMatching(/^[A-G][A-Z]{2,6}$/), fc.string(), { maxKeys: 2 }),
    vpc: fc.constant({ subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] }),
    tracing: fc.constantFrom("Active", "PassThrough"),
    reservedConcurrency: whole(1, 1000),
    logRetentionDays: fc.constantFrom(1, 14, 3653),
    permissionsBoundary: fc.constant(`arn:aws:iam::${account}:policy/boundary`),
    rolePath: fc.constantFrom("/", "/service/"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<QueueConsumerProps>>;

const permissions = fc.uniqueArray(fc.constantFrom("dynamodb:PutItem", "s3:GetObject", "sns:Publish"), {
  minLength: 1,
  maxLength: 3,
});

const responses = fc.record({ response: fc.constantFrom("partial", "delete-and-throw", "throw") });

const batches = (fifo: boolean): fc.Arbitrary<Partial<QueueConsumerProps>> =>
  fifo
    ? fc.record({ batchSize: whole(1, 10) }, { requiredKeys: [] })
    : fc.oneof(
        fc.record({ batchSize: whole(1, 10), batchingWindow: duration(0, 300) }, { requiredKeys: [] }),
        fc.record({ batchSize: whole(11, 10_000), batchingWindow: duration(1, 300) }),
      );

const concurrency: fc.Arbitrary<Partial<QueueConsumerProps>> = fc.oneof(
  fc.constant({}),
  whole(2, 1000).map((maximumConcurrency) => ({ maximumConcurrency })),
  fc
    .tuple(whole(2, 200), whole(200, 10_000))
    .map(([minimum, maximum]) => ({ provisionedPollers: { minimum, maximum } })),
);

const rest = fc.record(
  {
    maxReceiveCount: whole(1, 1000),
    filters: fc.array(fc.constantFrom({ body: { kind: ["order"] } }, { body: { "a b": [{ numeric: [">", 5] }] } }), {
      minLength: 1,
      maxLength: 10,
    }),
    enabled: fc.boolean(),
    protect: fc.boolean(),
    encryptionKeyArn: fc.constant(key),
    alarms: fc.constantFrom("paging", "none"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<QueueConsumerProps>>;

/** What queue a consumer has: of its own, or an existing one. */
const queues = fc.oneof(
  fc.record({ kind: fc.constant("own" as const), fifo: fc.boolean(), deduplicates: fc.option(fc.boolean()) }),
  fc.record({
    kind: fc.constant("existing" as const),
    fifo: fc.boolean(),
    attach: fc.boolean(),
    /** Whether its ARN is known at synth or is a variable of the stack. */
    variable: fc.boolean(),
    surplus: whole(0, 42_300),
  }),
);

/** A consumer with this id, with random props that the construct accepts. */
export function consumers(id: string): fc.Arbitrary<Consumer> {
  return fc
    .record({
      queue: queues,
      ownFunction: fc.boolean(),
      timeout: whole(1, 900),
      permissions: fc.option(permissions, { nil: undefined }),
    })
    .chain((shape) =>
      fc
        .tuple(
          batches(shape.queue.fifo),
          concurrency,
          rest,
          sometimes(responses),
          sometimes(tags),
          shape.ownFunction ? ofOwnFunctions : fc.constant({}),
          shape.queue.kind === "own" ? sometimes(fc.record({ retention: duration(60, 1_209_600) })) : fc.constant({}),
        )
        .map((parts) => consumer(id, shape, Object.assign({}, ...parts) as Partial<QueueConsumerProps>)),
    );
}

interface Shape {
  readonly queue:
    | { readonly kind: "own"; readonly fifo: boolean; readonly deduplicates: boolean | null }
    | {
        readonly kind: "existing";
        readonly fifo: boolean;
        readonly attach: boolean;
        readonly variable: boolean;
        readonly surplus: number;
      };
  readonly ownFunction: boolean;
  readonly timeout: number;
  readonly permissions: readonly string[] | undefined;
}

function consumer(
  id: string,
  { queue, ownFunction, timeout, permissions: actions }: Shape,
  said: Partial<QueueConsumerProps>,
): Consumer {
  const suffix = queue.fifo ? ".fifo" : "";
  const queueArn = `arn:aws:sqs:${region}:${account}:${queue.kind === "own" ? `shop-${id}` : `old-${id}`}${suffix}`;
  const deadLetterArn = `arn:aws:sqs:${region}:${account}:old-${id}-failed${suffix}`;
  const functionArn = `arn:aws:lambda:${region}:${account}:function:old-${id}`;
  const resource = `arn:aws:sns:${region}:${account}:${id}`;
  const role = ownFunction ? `shop-${id}` : `role-of-${id}`;

  const props = {
    ...said,
    timeout: seconds(timeout),
    ...(actions === undefined ? {} : { permissions: [{ actions, resources: [resource] }] }),
    ...(queue.kind === "own" && queue.fifo
      ? { fifo: queue.deduplicates === null ? (true as const) : { contentBasedDeduplication: queue.deduplicates } }
      : {}),
  };
  return {
    id,
    props,
    make: (scope) =>
      new QueueConsumer(scope, id, {
        ...props,
        code: ownFunction
          ? zip(zipFile(), { handler: "index.handler", runtime: "nodejs22.x" })
          : existing(functionArn, role),
        ...(queue.kind === "own"
          ? {}
          : {
              queue: existingQueue(
                queue.variable ? new TerraformVariable(scope, `${id}-arn`, { type: "string" }).stringValue : queueArn,
                {
                  visibilityTimeout: seconds(timeout + queue.surplus),
                  deadLetterQueue: queue.attach ? "attach" : deadLetterArn,
                  fifo: queue.fifo,
                },
              ),
            }),
      }),
    surroundings: {
      variables: { [`${id}-arn`]: queueArn },
      notify: topic,
      queues:
        queue.kind === "own"
          ? {}
          : {
              [queueArn]: {
                ...(queue.attach ? {} : { deadLetterArn }),
                ...(said.encryptionKeyArn === undefined ? {} : { keyArn: said.encryptionKeyArn }),
              },
            },
      functions: ownFunction ? {} : { [functionArn]: { roleName: role, response: said.response ?? "partial" } },
      granted: (actions ?? []).map((action) => ({ role, action, resource })),
      unwatched: said.alarms === "none" ? [queueArn] : [],
    },
  };
}

/** What surrounds a stack with several consumers. */
export const together = (all: readonly Consumer[]): Surroundings => ({
  notify: topic,
  variables: Object.assign({}, ...all.map(({ surroundings }) => surroundings.variables)) as Record<string, string>,
  queues: Object.assign({}, ...all.map(({ surroundings }) => surroundings.queues)) as NonNullable<
    Surroundings["queues"]
  >,
  functions: Object.assign({}, ...all.map(({ surroundings }) => surroundings.functions)) as NonNullable<
    Surroundings["functions"]
  >,
  granted: all.flatMap(({ surroundings }) => surroundings.granted ?? []),
  unwatched: all.flatMap(({ surroundings }) => surroundings.unwatched ?? []),
});
