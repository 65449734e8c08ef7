/** `relizo help`: the help of any command, however deep; commander's own knows the first word only. */
import { Command } from "commander";
import { oneOf } from "./settings.ts";

export function helpCommand(): Command {
  return new Command("help")
    .description("display help for a command: `relizo help bench run`")
    .argument("[command...]")
    .action((path: readonly string[], _options: unknown, { parent }: Command) => {
      path.reduce(inner, parent!).outputHelp();
    });
}

/** What a word names below a command; a command with nothing below it takes the word for an argument of its own. */
function inner(command: Command, word: string): Command {
  const { commands } = command;
  if (commands.length === 0) return command;
  const name = oneOf(
    command.name(),
    word,
    commands.map((one) => one.name()),
  );
  return commands.find((one) => one.name() === name)!;
}
