/** `relizo/workers/node`: queries answered by threads and programs of this machine, and by workers on others. */
export {
  type BullEvaluator,
  type BullOptions,
  type BullServeOptions,
  bullEvaluator,
  serveBull,
} from "./bullmq.ts";
export { type CommandOptions, command } from "./command.ts";
export { loadObjective, type ObjectiveModule } from "./load-objective.ts";
export { type BrokerOptions, connectBroker } from "./nats/connect.ts";
export type { NatsEvaluator, NatsRunOptions } from "./nats/coordinate.ts";
export { type NatsOptions, natsEvaluator } from "./nats/evaluator.ts";
export { runName, workerName } from "./nats/names.ts";
export { isShared, type ReplicaOptions, replicaEvaluator } from "./nats/replica-evaluator.ts";
export { type Served, type ServeOptions, type Service, serve } from "./nats/serve.ts";
export { type NatsShared, natsShared, type SharedOptions } from "./nats/shared.ts";
export { patientFetch } from "./patient-fetch.ts";
export { type ThreadsOptions, threads } from "./threads.ts";
