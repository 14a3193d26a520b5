// An SQS API on a free port of the loopback interface; prints the port. A process of its own, since the server is ESM.
import { buildApp } from "fauxqs";

const server = buildApp({ logger: false, host: "127.0.0.1" });
await server.listen({ port: 0, host: "127.0.0.1" });
console.log(server.server.address().port);
