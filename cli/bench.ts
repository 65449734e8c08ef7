/** `relizo bench`: the paper's tables, and any method on any problem. */
import { Command } from "commander";
import { benchPaperCommand } from "./bench-paper.ts";
import { benchRunCommand } from "./bench-run.ts";

export function benchCommand(): Command {
  return new Command("bench")
    .description("run methods on test problems")
    .addCommand(benchPaperCommand())
    .addCommand(benchRunCommand());
}
