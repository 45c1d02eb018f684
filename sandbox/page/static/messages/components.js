// Buttons, selects and layouts of a message. What is pressed is asked of the bot, and waits visibly.

import { COMPONENT } from "../discord.js";
import { accent, button, make } from "../dom.js";
import { formatted } from "./markdown.js";
import { file, gallery, ofMedia } from "./pictures.js";

export const SELECTS = [
  COMPONENT.STRING_SELECT, COMPONENT.USER_SELECT, COMPONENT.ROLE_SELECT, COMPONENT.MENTIONABLE_SELECT, COMPONENT.CHANNEL_SELECT,
];
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };
const LINK = 5;

/**
 * @param {object[]} list  Discord's components
 * @param {object} at      {message, owner, page}: the payload, its element, and the page {world, names, act}
 */
export function components(list, at) {
  return list.map((each) => component(each, at)).filter(Boolean);
}

function component(item, at) {
  switch (item.type) {
    case COMPONENT.ROW: return make("div", { class: "row" }, components(item.components, at));
    case COMPONENT.BUTTON: return pressable(item, at);
    case COMPONENT.SECTION: return make("div", { class: "section" },
      make("div", {}, components(item.components, at)), component(item.accessory, at));
    case COMPONENT.TEXT: return make("div", { class: "text" }, formatted(item.content, at.page.names));
    case COMPONENT.THUMBNAIL: return make("div", { class: "thumbnail" }, gallery([ofMedia(item.media, item)], at.page.world.cdn, at.owner));
    case COMPONENT.GALLERY: return gallery(item.items.map((each) => ofMedia(each.media, each)), at.page.world.cdn, at.owner);
    case COMPONENT.FILE: return attachedFile(item);
    case COMPONENT.SEPARATOR: return make("hr", { class: item.divider === false ? "blank" : null });
    case COMPONENT.CONTAINER: return container(item, at);
    default: return SELECTS.includes(item.type) ? select(item, at) : null;
  }
}

function container(item, at) {
  const element = make("div", { class: "container" }, components(item.components, at));
  accent(element, item.accent_color);
  if (!item.spoiler) return element;
  element.inert = true;
  element.classList.add("covered");
  const reveal = button("Spoiler", () => {
    element.inert = false;
    element.classList.remove("covered");
    reveal.remove();
  }, { class: "reveal", "aria-label": "Spoiler: show what is below" });
  return make("div", { class: "covering" }, element, reveal);
}

function attachedFile(item) {
  return file({ url: item.file.url, filename: item.name ?? "file", size: item.size ?? 0 });
}

function pressable(item, at) {
  const words = [emoji(item.emoji), item.label];
  if (item.style === LINK) {
    const shown = make("a", { class: "button link", href: item.url, target: "_blank", rel: "noopener noreferrer" }, words, " ↗");
    return item.disabled ? make("span", { class: "button link", "aria-disabled": "true" }, words) : shown;
  }
  const shown = button(words, () => press(shown, at, { type: "click", control: item.custom_id }), {
    class: `button ${STYLES[item.style] ?? "secondary"}`,
    disabled: Boolean(item.disabled),
    data: { control: item.custom_id ?? "" },
  });
  return shown;
}

function emoji(one) {
  if (!one) return null;
  return make("span", { class: "emoji", "aria-hidden": one.id ? null : "true" }, one.id ? `:${one.name}:` : one.name, " ");
}

function select(item, at) {
  const options = item.type === COMPONENT.STRING_SELECT ? item.options : choosable(item, at.page.world);
  const most = item.max_values ?? 1;
  return most === 1 ? single(item, options, at) : multiple(item, options, at);
}

/** What the client itself offers: people, roles, channels of the server. */
export function choosable(item, world) {
  const people = world.members.map((each) => ({ value: each.id, label: each.name, description: each.about }));
  const roles = world.roles.map((each) => ({ value: each.id, label: `@${each.name}` }));
  switch (item.type) {
    case COMPONENT.USER_SELECT: return people;
    case COMPONENT.ROLE_SELECT: return roles;
    case COMPONENT.MENTIONABLE_SELECT: return [...people, ...roles];
    default: return world.neighbours.map((each) => ({ value: each.id, label: world.placeName(each) }));
  }
}

function single(item, options, at) {
  const shown = make("select", {
    class: "select",
    "aria-label": item.placeholder ?? "Make a selection",
    disabled: Boolean(item.disabled),
    data: { control: item.custom_id },
  }, make("option", { value: "" }, item.placeholder ?? "Make a selection"),
  options.map((each) => make("option", { value: each.value, selected: Boolean(each.default), title: each.description ?? null },
    each.emoji && !each.emoji.id ? `${each.emoji.name} ` : "", each.label)));
  shown.addEventListener("change", () => {
    if (shown.value !== "") press(shown, at, { type: "choose", control: item.custom_id, values: [shown.value] });
  });
  return shown;
}

function multiple(item, options, at) {
  const least = item.min_values ?? 1;
  const boxes = options.map((each) => make("input", { type: "checkbox", value: each.value, checked: Boolean(each.default) }));
  const chosen = () => boxes.filter((each) => each.checked).map((each) => each.value);
  const done = button("Done", () => {
    shown.open = false;
    press(done, at, { type: "choose", control: item.custom_id, values: chosen() });
  }, { class: "button primary" });
  const check = () => {
    const count = chosen().length;
    done.disabled = count < least || count > item.max_values;
    for (const each of boxes) each.disabled = !each.checked && count >= item.max_values;
  };
  const shown = make("details", { class: "select", data: { control: item.custom_id } },
    make("summary", {}, item.placeholder ?? "Make a selection"),
    make("fieldset", { disabled: Boolean(item.disabled) },
      make("legend", { class: "quiet" }, `Choose ${least === item.max_values ? least : `${least} to ${item.max_values}`}`),
      options.map((each, number) => make("label", {}, boxes[number], each.label,
        each.description && make("span", { class: "quiet" }, each.description))), done));
  for (const each of boxes) each.addEventListener("change", check);
  check();
  return shown;
}

/** Ask, and show on the control itself that an answer is awaited; what fails is said below the message. */
function press(control, at, act) {
  control.classList.add("waiting");
  control.setAttribute("aria-busy", "true");
  control.disabled = true;
  const settle = () => {
    control.classList.remove("waiting");
    control.removeAttribute("aria-busy");
    control.disabled = false;
  };
  const fail = (words) => {
    settle();
    at.page.complain(at.message.id, words);
  };
  at.page.complain(at.message.id, null);
  at.page.act({ ...act, channel: at.message.channel_id, message: at.message.id }, {
    answered: settle,
    modal: settle,
    failed: fail,
    refused: fail,
  });
}
