// Commands as they are typed: those that fit what stands behind «/», and the values that follow a whole one.

import { COMMAND, OPTION } from "../discord.js";

/** Every command that can be typed here, subcommands spelled out: {words, description, options}. */
export function typable(world) {
  return world.offered(COMMAND.SLASH).flatMap((each) => leaves(each, each.name)).sort((one, other) => one.words.localeCompare(other.words));
}

function leaves(command, words) {
  const below = (command.options ?? []).filter((each) => [OPTION.SUBCOMMAND, OPTION.GROUP].includes(each.type));
  if (below.length) return below.flatMap((each) => leaves(each, `${words} ${each.name}`));
  return [{ words, description: command.description, options: command.options ?? [] }];
}

/** Those whose name holds what is typed, those that begin with it first. */
export function matching(commands, typed) {
  const wanted = typed.replace(/^\//, "").trimEnd().toLowerCase();
  const begins = commands.filter((each) => each.words.startsWith(wanted));
  const holds = commands.filter((each) => !each.words.startsWith(wanted) && each.words.includes(wanted));
  return [...begins, ...holds];
}

/** A command that stands written out, and the values that follow it: «/imagine a fox count:2». Null for none. */
export function spelledOut(commands, text) {
  const found = commands
    .filter((each) => text.toLowerCase().startsWith(`/${each.words} `))
    .sort((one, other) => other.words.length - one.words.length)[0];
  return found ? { command: found, values: valuesIn(text.slice(found.words.length + 2), found.options) } : null;
}

/** `name:value` pairs; what stands before the first belongs to the first option. */
function valuesIn(text, options) {
  const values = {};
  const names = options.map((each) => each.name);
  let name = names[0];
  let words = [];
  const keep = () => {
    if (name && words.join(" ").trim()) values[name] = words.join(" ").trim();
  };
  for (const word of text.split(" ")) {
    const [head, ...tail] = word.split(":");
    if (tail.length && names.includes(head)) {
      keep();
      name = head;
      words = [tail.join(":")];
    } else {
      words.push(word);
    }
  }
  keep();
  return values;
}
