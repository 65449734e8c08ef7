/** `relizo/workers`: queries answered elsewhere, for browsers as well; what needs Node is in `relizo/workers/node`. */
export { type Answer, askBy, type Evaluator, type Policy, policyRules } from "../evaluate/policy.ts";
export { type Ask, askInline, byTasks, type Listener, type Task } from "../evaluate/task.ts";
export { type EndpointOptions, endpoint } from "./endpoint.ts";
