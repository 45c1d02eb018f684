// What may stand in an option, checked as the client checks it.

import { OPTION } from "../discord.js";

const LONGEST = 6000;

/** What can be chosen, as [value, words]; undefined where it is typed. */
export function valuesOffered(option, world) {
  if (option.choices?.length) return option.choices.map((each) => [String(each.value), each.name]);
  switch (option.type) {
    case OPTION.BOOLEAN: return [["true", "True"], ["false", "False"]];
    case OPTION.USER: return called(world.members);
    case OPTION.ROLE: return called(world.roles);
    case OPTION.MENTIONABLE: return called([...world.members, ...world.roles]);
    case OPTION.CHANNEL: return world.neighbours.map((each) => [each.id, world.placeName(each)]);
    default: return undefined;
  }
}

function called(list) {
  return list.map((each) => [each.id, `@${each.name}`]);
}

/** The value that a text stands for. */
export function valueOf(option, text) {
  const choice = option.choices?.find((each) => String(each.value) === text);
  if (choice) return choice.value;
  switch (option.type) {
    case OPTION.INTEGER: return Number.parseInt(text, 10);
    case OPTION.NUMBER: return Number(text.replace(",", "."));
    case OPTION.BOOLEAN: return text === "true";
    case OPTION.STRING: return text.trim();
    default: return text;
  }
}

/** What is wrong with a text that is not empty; an empty text when it fits. */
export function complaintAbout(option, text) {
  const value = valueOf(option, text);
  if (option.choices?.length) return option.choices.some((each) => each.value === value) ? "" : "Choose one of the offered values.";
  switch (option.type) {
    case OPTION.STRING: return outside(value.length, option.min_length ?? 1, option.max_length ?? LONGEST, "characters");
    case OPTION.INTEGER: return /^[+-]?\d+$/.test(text.trim()) ? outOfRange(option, value) : "Enter a valid integer.";
    case OPTION.NUMBER: return Number.isFinite(value) ? outOfRange(option, value) : "Enter a valid number.";
    default: return "";
  }
}

function outOfRange(option, value) {
  return outside(value, option.min_value ?? -Infinity, option.max_value ?? Infinity, "");
}

function outside(value, least, most, unit) {
  const of = unit ? ` ${unit} (now ${value})` : "";
  if (value < least) return `Must be ${least} or more${of}.`;
  return value > most ? `Must be ${most} or fewer${of}.` : "";
}
