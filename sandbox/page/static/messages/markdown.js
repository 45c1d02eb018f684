// Discord's formatting, read into elements: the blocks. Nothing that is written here can become markup, a script or a request.

import { make } from "../dom.js";
import { inline } from "./markdown-inline.js";

const HEADING = /^(#{1,3}) +(\S.*)$/;
const ITEM = /^( *)(?:[-*]|(\d{1,4})\.) +(\S.*)$/;

/**
 * @param {string} text
 * @param {object} names  {person(id), role(id), place(id), open(channel, message)}: what ids stand for
 * @returns {DocumentFragment}
 */
export function formatted(text, names) {
  const whole = document.createDocumentFragment();
  for (const [number, part] of split(text).entries()) {
    if (number % 2) whole.append(fence(part));
    else if (part) whole.append(...blocks(part, names));
  }
  return whole;
}

/** One line of it without any block, as for the preview of a reply. */
export function formattedLine(text, names) {
  const line = document.createDocumentFragment();
  line.append(...inline(text.replace(/```(?:\w+\n)?|^-# |^#+ |^>>? /gm, "").replace(/\s+/g, " "), names));
  return line;
}

/** Text and code blocks in turn, text first. A fence that nobody closes is text. */
function split(text) {
  const parts = [];
  let from = 0;
  for (;;) {
    const opens = text.indexOf("```", from);
    const closes = opens < 0 ? -1 : text.indexOf("```", opens + 3);
    if (closes < 0 || !text.slice(opens + 3, closes).trim()) break;
    parts.push(text.slice(from, opens), text.slice(opens + 3, closes));
    from = closes + 3;
    if (text[from] === "\n") from += 1;
  }
  parts.push(text.slice(from));
  return parts;
}

function fence(code) {
  const [first, ...rest] = code.split("\n");
  const hasLanguage = rest.length > 0 && /^[\w+#.-]*$/.test(first);
  const shown = (hasLanguage ? rest.join("\n") : code).replace(/^\n|\n$/g, "");
  return make("pre", {}, make("code", {}, shown));
}

/** Headings, quotes, lists and small print; everything else is lines. */
function blocks(text, names) {
  const found = [];
  const lines = text.split("\n");
  let plain = [];
  const flush = () => {
    while (plain.length && plain.at(-1) === "" && found.length + plain.length > 1) plain.pop();
    if (plain.length) found.push(make("p", {}, ...inline(plain.join("\n"), names)));
    plain = [];
  };
  for (let at = 0; at < lines.length; ) {
    const [element, length] = block(lines, at, names);
    if (element) {
      flush();
      found.push(element);
    } else if (lines[at] || plain.length) {
      plain.push(lines[at]);
    }
    at += length;
  }
  flush();
  return found;
}

/** What begins at a line, and how many lines it takes; [null, 1] for an ordinary one. */
function block(lines, at, names) {
  const line = lines[at];
  const heading = HEADING.exec(line);
  if (heading) return [make("p", { class: `heading-${heading[1].length}` }, ...inline(heading[2], names)), 1];
  if (line.startsWith("-# ")) return [make("small", {}, ...inline(line.slice(3), names)), 1];
  if (line.startsWith(">>> ")) return [quote([line.slice(4), ...lines.slice(at + 1)], names), lines.length - at];
  if (line.startsWith("> ")) {
    const quoted = [];
    while (lines[at + quoted.length]?.startsWith("> ")) quoted.push(lines[at + quoted.length].slice(2));
    return [quote(quoted, names), quoted.length];
  }
  const items = [];
  for (let item = ITEM.exec(line); goesOn(items, item); item = ITEM.exec(lines[at + items.length] ?? "")) items.push(item);
  return items.length ? [list(items, names), items.length] : [null, 1];
}

function quote(lines, names) {
  return make("blockquote", {}, ...blocks(lines.join("\n"), names));
}

/** Whether a line belongs to the list above it: an item further in does, one beside it only when it is of its kind. */
function goesOn(items, item) {
  if (!item || !items.length) return Boolean(item);
  const [first] = items;
  return item[1].length > first[1].length || (item[2] === undefined) === (first[2] === undefined);
}

function list(items, names) {
  const first = items[0];
  const parent = first[2] === undefined ? make("ul") : make("ol", { start: first[2] });
  const indent = first[1].length;
  for (let at = 0; at < items.length; at += 1) {
    const item = make("li", {}, ...inline(items[at][3], names));
    const below = [];
    while (at + 1 < items.length && items[at + 1][1].length > indent) below.push(items[++at]);
    if (below.length) item.append(list(below, names));
    parent.append(item);
  }
  return parent;
}
