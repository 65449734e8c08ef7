/** A line for the shell, of which nothing but the program itself is left where it is no more than one. */

const SPACE = "[ \\t]+";
/** What the shell looks up first: no assignment, nothing that it expands. */
const PROGRAM = "[\\w./@%+:,-]+";
/** Within a word: plain characters, variables and patterns, quoted text in which no command is run. */
const PIECE = "[^\\s'\"\\\\`;&|()<>#]|\\\\[^\\n]|'[^']*'|\"(?:[^\"\\\\`$]|\\\\[^]|\\$(?!\\())*\"";
/** From or into a file, or another of its streams. */
const REDIRECTION = "\\d?(?:<|>>?)(?:&\\d)?";
const ONE_PROGRAM = new RegExp(
  `^[ \\t]*(${PROGRAM})(?:${SPACE}(?:${REDIRECTION}|(?:${PIECE})+|${REDIRECTION}[ \\t]*(?:${PIECE})+))*[ \\t]*$`,
);

/**
 * The same line, in which the program takes the shell's place, so that it alone holds its stdin and its stdout. What the shell does by itself, such as
 * `echo`, and whatever has more than one command in it stay as they are.
 */
export function inPlaceOfShell(line: string, platform: string = process.platform): string {
  const [, program] = platform === "win32" ? [] : (ONE_PROGRAM.exec(line) ?? []);
  if (program === undefined) return line;
  return `case "$(command -v ${program})" in */*) exec ${line};; *) ${line};; esac`; // a path, for what is no part of the shell
}
