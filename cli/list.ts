/** `relizo list`: what there is, read from the registries. */
import { Argument, Command } from "commander";
import { methodNames, methodRules, registry } from "../src/index.ts";
import { problems } from "../src/problem/index.ts";
import { wrapped } from "./text.ts";

interface ListedOption {
  readonly name: string;
  readonly range: string;
  readonly default: unknown;
  readonly help: string;
}

export function listCommand(): Command {
  return new Command("list")
    .description("say what there is: methods with their options, or test problems with their dimensions")
    .addArgument(new Argument("[what]", "what to list").choices(["methods", "problems"]).default("methods"))
    .option(
      "--json",
      "print JSON: a list of {name, summary, source, options} or {name, dimensions, starts, source}",
    )
    .action((what: string, { json }: { json?: boolean }) => {
      if (json) console.log(JSON.stringify(what === "methods" ? methodList() : problemList(), undefined, 2));
      else console.log(what === "methods" ? methodText() : problemText());
    });
}

function methodList() {
  return methodNames.map((name) => {
    const { summary, source } = registry[name];
    const helps: Readonly<Record<string, string>> = { ...registry[name].help };
    const options = Object.entries(methodRules(name)).map(([key, rule]): ListedOption => {
      const { fallback, range } = rule;
      return {
        name: key,
        range,
        default: typeof fallback === "number" ? numberText(fallback) : fallback,
        help: helps[key] ?? "",
      };
    });
    return { name, summary, source, options };
  });
}

/** Infinity is no JSON number. */
const numberText = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function methodText(): string {
  const blocks = methodList().map(({ name, summary, source, options }) => {
    const lines = options.flatMap((option) => {
      const shown = typeof option.default === "string" ? option.default : JSON.stringify(option.default);
      return [`  ${option.name} = ${shown}`, ...wrapped(`${option.help}; ${option.range}`, 6)];
    });
    return [name, ...wrapped(summary, 2), ...wrapped(source, 2), "", ...lines].join("\n");
  });
  return blocks.join("\n\n");
}

function problemList() {
  return problems.map(({ name, dimensions, otherStarts = {}, source }) => {
    return { name, dimensions, starts: ["standard", ...Object.keys(otherStarts)], source };
  });
}

function problemText(): string {
  const blocks = problemList().map(({ name, dimensions, starts, source }) => {
    const others = starts.length > 1 ? `; starts: ${starts.join(", ")}` : "";
    return [`${name}  d = ${dimensions.join(", ")}${others}`, ...wrapped(source, 2)].join("\n");
  });
  return blocks.join("\n");
}
