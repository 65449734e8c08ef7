/** A worker with nothing between it and whoever asks but a pipe: MS, how long the objective takes. It ends with the pipe. */
import { objective } from "../../tab-objective.ts";

const [ms = "0"] = process.argv.slice(2);

process.on("message", async (candidate: Float64Array) => {
  if (Number(ms) > 0) await new Promise((resolve) => setTimeout(resolve, Number(ms)));
  process.send?.(objective(candidate));
});
